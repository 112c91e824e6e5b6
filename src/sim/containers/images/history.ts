// `docker history`: how an image came to be, newest step first. Models moby 28 daemon/images/image_history.go. The keys
// are those of the API.
import { parseTime } from '../../engine/time.ts';
import { DaemonError } from './errors.ts';
import type { ImageStore } from './store.ts';

export interface HistoryLine {
  readonly Id: string;
  /** Unix seconds. */
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  readonly Size: number;
  readonly Comment: string;
}

export function imageHistory(store: ImageStore, nameOrId: string): readonly HistoryLine[] {
  const top = store.get(nameOrId);
  let layer = 0;
  const lines = top.image.config.history.map((item) => {
    const size = item.empty_layer === true ? 0 : top.image.layers[layer++]?.sizeBytes;
    if (size === undefined) throw new DaemonError(500, 'too many non-empty layers in History section');
    return {
      Created: Math.floor((parseTime(item.created) ?? 0) / 1000),
      CreatedBy: item.created_by,
      Size: size,
      Comment: item.comment ?? '',
    };
  });
  // Ids are known as far as the images below are stored here.
  let image: typeof top | undefined = top;
  return lines.reverse().map((line) => {
    const id: string = image?.image.id ?? '<missing>';
    const tags = image ? store.tagsOf(image.image.id) : [];
    image = image?.parent === undefined ? undefined : store.byId(image.parent);
    return {
      Id: id,
      Created: line.Created,
      CreatedBy: line.CreatedBy,
      Tags: tags.length > 0 ? tags : null,
      Size: line.Size,
      Comment: line.Comment,
    };
  });
}
