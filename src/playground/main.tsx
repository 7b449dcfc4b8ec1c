import { effect } from '@preact/signals';
import { render } from 'preact';
import { asProperties } from './draw/ink.ts';
import { ActionBar } from './ui/action-bar.tsx';
import { Dialog } from './ui/dialog.tsx';
import { droppedFiles, openFound, openPasted } from './ui/found-files.ts';
import { Header } from './ui/header.tsx';
import { isField, onKey } from './ui/keys.ts';
import { Lanes } from './ui/lanes.tsx';
import { lazy } from './ui/lazy.tsx';
import { followAddress, openAddress } from './ui/link.ts';
import { KeyList, Panel } from './ui/panel.tsx';
import { SentenceNow } from './ui/sentence.tsx';
import { keepAddress } from './ui/sessions.ts';
import { Stage } from './ui/stage.tsx';
import { comparison, isDark, openedHistory, other, showsKeys, showsShare } from './ui/state.ts';
import { Transport } from './ui/transport.tsx';

const ShareView = lazy(() => import('./ui/share-view.tsx').then((loaded) => loaded.ShareView));
const HistoryView = lazy(() => import('./ui/history-view.tsx').then((loaded) => loaded.HistoryView));

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
      {showsShare.value ? <ShareView /> : null}
      {openedHistory.value === undefined ? null : <HistoryView />}
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
  if (!isField(event.target) && text.trim() !== '') openPasted(text);
});
followAddress();
// What is loaded later needs this module: it may not wait here for the first run.
void openAddress().then(keepAddress);
