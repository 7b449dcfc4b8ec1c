import { effect } from '@preact/signals';
import { render } from 'preact';
import { asProperties } from './draw/ink.ts';
import { ActionBar } from './ui/action-bar.tsx';
import { Dialog } from './ui/dialog.tsx';
import { droppedFiles } from './ui/found-files.ts';
import { Header } from './ui/header.tsx';
import { HistoryView } from './ui/history-view.tsx';
import { isField, onKey } from './ui/keys.ts';
import { Lanes } from './ui/lanes.tsx';
import { followAddress, openAddress } from './ui/link.ts';
import { openFound, openText } from './ui/open-files.ts';
import { KeyList, Panel } from './ui/panel.tsx';
import { SentenceNow } from './ui/sentence.tsx';
import { keepAddress } from './ui/sessions.ts';
import { ShareView } from './ui/share-view.tsx';
import { Stage } from './ui/stage.tsx';
import { comparison, isDark, other, showsKeys } from './ui/state.ts';
import { Transport } from './ui/transport.tsx';

/** The address is the run's: the link may not change it. */
function toPanel(event: Event): void {
  event.preventDefault();
  document.getElementById('panel')?.focus();
}

function App(): preact.JSX.Element {
  return (
    <>
      <a class="skip" href="#panel" onClick={toPanel}>
        To the lesson
      </a>
      <Header />
      <main tabIndex={-1} class={comparison.value === 'both' && other.value !== undefined ? 'both' : undefined}>
        <SentenceNow />
        <Stage />
        <ActionBar />
        <Transport />
        <Lanes />
      </main>
      <Panel />
      {showsKeys.value ? (
        <Dialog title="Keys" onClose={() => (showsKeys.value = false)}>
          <KeyList />
        </Dialog>
      ) : null}
      <ShareView />
      <HistoryView />
    </>
  );
}

effect(() => {
  document.documentElement.style.cssText = asProperties(isDark.value);
});

const root = document.getElementById('app');
if (root !== null) {
  root.textContent = '';
  render(<App />, root);
}
document.addEventListener('keydown', onKey);
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  void droppedFiles(event.dataTransfer).then(openFound);
});
document.addEventListener('paste', (event) => {
  const text = event.clipboardData?.getData('text') ?? '';
  if (!isField(event.target) && text.trim() !== '') void openText('What was pasted', text);
});
followAddress();
await openAddress();
keepAddress();
