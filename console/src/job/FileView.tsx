// A stored file: shown or played where the browser can, and there to be downloaded.
import type { Value } from "../schema/literal";
import { text } from "../text";

export interface StoredFile {
  id: string;
  name: string;
  url: string;
  sizeBytes: number;
  contentType: string;
}

export function isFile(value: {
  [name: string]: Value;
}): value is { [name: string]: Value } & StoredFile {
  return value["__typename"] === "File" && typeof value["url"] === "string";
}

export function FileView({ file }: { file: StoredFile }) {
  const address = here(file.url);
  const [kind] = file.contentType.split("/");
  return (
    <figure className="file">
      {kind === "image" && <img src={address} alt={file.name} loading="lazy" />}
      {kind === "video" && (
        <video src={address} controls preload="metadata" aria-label={file.name} />
      )}
      {kind === "audio" && (
        <audio src={address} controls preload="metadata" aria-label={file.name} />
      )}
      <figcaption>
        <span>{file.name}</span>
        <span className="quiet">{size(file.sizeBytes)}</span>
        <a href={address} download={file.name}>
          {text.value.download}
        </a>
      </figcaption>
    </figure>
  );
}

/**
 * The file at the address that the page has itself. Its link may name the server in another way
 * (`JOBCAST_PUBLIC_URL`, or 127.0.0.1 for localhost), which the page's policy does not let in.
 */
export function here(url: string): string {
  const { pathname, search } = new URL(url, location.origin);
  return pathname + search;
}

export function size(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
