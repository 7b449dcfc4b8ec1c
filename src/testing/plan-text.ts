import { Document, isMap, isSeq } from 'yaml';
import { plainPlan, type UnnamedPlan } from '../sim/plan/plain-plan.ts';

/** A plan as a readable YAML file: without defaults, a line for each fault and request. */
export function planText(plan: UnnamedPlan, comment?: string): string {
  const document = new Document(plainPlan(plan), { aliasDuplicateObjects: false });
  if (comment !== undefined) document.commentBefore = comment.replaceAll(/^/gm, ' ');
  for (const path of [['faults'], ['workload', 'script'], ['expect']]) {
    const list: unknown = document.getIn(path);
    if (isSeq(list)) for (const item of list.items) if (isMap(item)) item.flow = true;
  }
  for (const path of [['settings'], ['clocks'], ['network'], ['disk'], ['workload', 'mix']]) {
    const map: unknown = document.getIn(path);
    if (isMap(map) && map.items.length <= 6) map.flow = true;
  }
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}
