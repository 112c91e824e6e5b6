// The text field of the editor, with colours and YAML's indentation. Loaded when a file is opened.
import { createEditor } from 'prism-code-editor';
import { defaultKeymap, editHistory, editorCommands } from 'prism-code-editor/commands';
import { cursorPosition } from 'prism-code-editor/cursor';
import 'prism-code-editor/languages/yaml';
import 'prism-code-editor/layout.css';
import 'prism-code-editor/prism/languages/yaml';

interface CodeEditor {
  readonly textarea: HTMLTextAreaElement;
  close(): void;
}

export function openCodeEditor(place: HTMLElement, fileName: string, value: string): CodeEditor {
  // Shift+Tab leaves the text, as it leaves the terminal; outdenting has Ctrl+[ as well.
  const keys = Object.fromEntries(Object.entries(defaultKeymap).filter(([key]) => key !== '8+Tab'));
  const editor = createEditor(
    place,
    { language: /\.ya?ml$/.test(fileName) ? 'yaml' : 'text', value, tabSize: 2, insertSpaces: true, lineNumbers: true },
    // No pairs: a manifest wants no second quote, and a reader of one no surprise.
    editorCommands(keys, []),
    editHistory(),
    cursorPosition(),
  );
  return {
    textarea: editor.textarea,
    close: () => {
      editor.remove();
    },
  };
}
