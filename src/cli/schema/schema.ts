import { Argument, type Command } from 'commander';
import { planSchemaAsJson } from '../../sim/plan/plan-schema.ts';
import { print } from '../sim/output.ts';

/** Adds `schema`: JSON Schemas of the files that people write, for editors. */
export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a plan, for editors and other programs')
    .addArgument(new Argument('<file>', 'of which kind of file').choices(['plan']))
    .action(() => print(JSON.stringify(planSchemaAsJson(), null, 2)));
}
