// The files of a machine, as a task there sees them, in the shape that the shell's programs work on.
import { LinuxError, type Files, type Stat } from '../sim/linux/contract.ts';
import { FileError, resolvePath, type Attributes, type FileSystemNode, type ShellFiles } from './file-system.ts';

export class MachineFiles implements ShellFiles {
  readonly #files: () => Files;
  #names: { readonly passwd: string; readonly group: string; readonly byId: Map<string, string> } | undefined;

  /** @param files asked anew each time: the task may have another root by then */
  constructor(files: () => Files) {
    this.#files = files;
  }

  resolve(cwd: string, path: string): string {
    return resolvePath(cwd, path);
  }

  find(path: string): FileSystemNode | undefined {
    const files = this.#files();
    try {
      return this.#node(path, files.stat(path));
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  exists(path: string): boolean {
    return this.#files().exists(path);
  }

  isDirectory(path: string): boolean {
    return this.find(path)?.kind === 'directory';
  }

  list(path: string): string[] {
    return refusing(() => [...this.#files().list(path)]);
  }

  read(path: string): string {
    return refusing(() => this.#files().readText(path));
  }

  write(path: string, text: string, append = false): void {
    refusing(() => this.#files().write(path, text, { append }));
  }

  makeDirectory(path: string): void {
    refusing(() => this.#files().mkdir(path));
  }

  makeDirectories(path: string): void {
    refusing(() => this.#files().mkdirs(path));
  }

  remove(path: string): void {
    refusing(() => {
      const files = this.#files();
      if (files.lstat(path).type !== 'directory') {
        files.unlink(path);
        return;
      }
      for (const name of files.list(path)) this.remove(`${path}/${name}`);
      files.rmdir(path);
    });
  }

  move(from: string, to: string): void {
    refusing(() => this.#files().rename(from, to));
  }

  copy(from: string, to: string): void {
    refusing(() => {
      const files = this.#files();
      files.write(to, files.read(from), { mode: files.stat(from).mode });
    });
  }

  chmod(path: string, change: (mode: number) => number): void {
    refusing(() => {
      const files = this.#files();
      files.chmod(path, change(files.stat(path).mode));
    });
  }

  touch(path: string): void {
    refusing(() => {
      const files = this.#files();
      files.utimes(path, files.nowMs());
    });
  }

  attributes(path: string): Attributes | undefined {
    const files = this.#files();
    try {
      const { type, mode, nlink, uid, gid, sizeBytes, mtimeMs } = files.lstat(path);
      return {
        type,
        mode,
        links: nlink,
        owner: this.#name('passwd', uid),
        group: this.#name('group', gid),
        sizeBytes,
        changedAt: mtimeMs,
        ...(type === 'symlink' && { target: files.readlink(path) }),
      };
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  realpath(path: string): string {
    return refusing(() => this.#files().realpath(path));
  }

  #node(path: string, stat: Stat): FileSystemNode {
    const { type, mode, mtimeMs: changedAt, sizeBytes } = stat;
    if (type === 'directory') return this.#directory(path, changedAt);
    const files = this.#files();
    return {
      kind: 'file',
      get text() {
        return files.readText(path);
      },
      executable: (mode & 0o111) !== 0,
      changedAt,
      sizeBytes,
      ...(type === 'symlink' && { link: true }),
    };
  }

  #directory(path: string, changedAt: number): FileSystemNode {
    const entries = () => {
      const files = this.#files();
      const below = path === '/' ? '' : path;
      return new Map(
        files.list(path).map((name) => [name, this.#node(`${below}/${name}`, files.lstat(`${below}/${name}`))]),
      );
    };
    return {
      kind: 'directory',
      get entries() {
        return refusing(entries);
      },
      changedAt,
    };
  }

  /** The name of a user or a group, from the files that say so; the number when they do not. */
  #name(file: 'passwd' | 'group', id: number): string {
    const files = this.#files();
    const text = (path: string) => (files.exists(path) ? files.readText(path) : '');
    const [passwd, group] = [text('/etc/passwd'), text('/etc/group')];
    if (this.#names?.passwd !== passwd || this.#names.group !== group) {
      const byId = new Map<string, string>();
      for (const [kind, lines] of [
        ['passwd', passwd],
        ['group', group],
      ] as const)
        for (const line of lines.split('\n')) {
          const [name = '', , number = ''] = line.split(':');
          if (!byId.has(`${kind} ${number}`)) byId.set(`${kind} ${number}`, name);
        }
      this.#names = { passwd, group, byId };
    }
    return this.#names.byId.get(`${file} ${String(id)}`) ?? String(id);
  }
}

function refusing<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof LinuxError ? new FileError(error.message) : error;
  }
}
