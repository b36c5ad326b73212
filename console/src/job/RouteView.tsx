// Places on Earth as a drawn way: where it leads, where it has been, and where one is now.
import type { Value } from "../schema/literal";
import { text } from "../text";

export interface Place {
  latitude: number;
  longitude: number;
}

interface Props {
  travelled: readonly Place[];
  planned: readonly Place[];
  heading: number | null; // degrees clockwise from north
}

const SIZE = { width: 640, height: 300, margin: 24 };
const LEAST_SPAN = 1e-4; // degrees, some 11 m: a place alone is in the middle

export function RouteView({ travelled, planned, heading }: Props) {
  const at = project([...planned, ...travelled]);
  const here = travelled.at(-1)!;
  const [x, y] = at(here);
  const label = text.job.output.route(travelled.length, degrees(here));
  const ends = planned.length > 0 ? [planned[0]!, planned.at(-1)!] : [];
  return (
    <svg
      className="route"
      viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
      role="img"
      aria-label={label}
    >
      <polyline className="planned" points={planned.map((place) => at(place).join()).join(" ")} />
      <polyline className="travelled" points={travelled.map((one) => at(one).join()).join(" ")} />
      {ends.map((place, index) => {
        const [cx, cy] = at(place);
        return <circle key={index} className={index === 0 ? "from" : "to"} cx={cx} cy={cy} r="5" />;
      })}
      <g transform={`translate(${x} ${y})`}>
        <circle className="halo" r="13" />
        {heading === null ? (
          <circle className="here" r="6" />
        ) : (
          <path className="here" d="M0 -9 6.5 7.5 0 4 -6.5 7.5z" transform={`rotate(${heading})`} />
        )}
      </g>
    </svg>
  );
}

export function isPlace(value: Value): value is { [name: string]: Value } & Place {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return typeof value["latitude"] === "number" && typeof value["longitude"] === "number";
}

/** All places within a value, in order. */
export function placesIn(value: Value): Place[] {
  if (isPlace(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(placesIn);
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(placesIn) : [];
}

function degrees({ latitude, longitude }: Place): string {
  return `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
}

/** Equirectangular, true to scale in the middle: good enough for a city. */
function project(places: readonly Place[]): (place: Place) => [number, number] {
  const latitudes = places.map(({ latitude }) => latitude);
  const longitudes = places.map(({ longitude }) => longitude);
  const [south, north] = [least(latitudes), most(latitudes)];
  const [west, east] = [least(longitudes), most(longitudes)];
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const width = Math.max((east - west) * squeeze, LEAST_SPAN);
  const height = Math.max(north - south, LEAST_SPAN);
  const scale = Math.min(
    (SIZE.width - 2 * SIZE.margin) / width,
    (SIZE.height - 2 * SIZE.margin) / height,
  );
  const middle = { latitude: (south + north) / 2, longitude: (west + east) / 2 };
  return ({ latitude, longitude }) => [
    round(SIZE.width / 2 + (longitude - middle.longitude) * squeeze * scale),
    round(SIZE.height / 2 - (latitude - middle.latitude) * scale),
  ];
}

const least = (numbers: number[]) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
const most = (numbers: number[]) => numbers.reduce((a, b) => Math.max(a, b), -Infinity);
const round = (number: number) => Math.round(number * 10) / 10;
