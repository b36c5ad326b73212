// A line over time.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const HEIGHT = 180; // px

interface Props {
  label: string;
  name: string;
  times: number[]; // seconds
  values: (number | null)[];
}

export default function Plot({ label, name, times, values }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);

  useEffect(() => {
    const element = box.current!;
    const scheme = matchMedia("(prefers-color-scheme: dark)");

    function draw() {
      plot.current?.destroy();
      const colour = (token: string) => resolved(element, token);
      const axis = {
        stroke: colour("--ink-quiet"),
        grid: { stroke: colour("--line"), width: 1 },
        ticks: { show: false },
        font: "12px system-ui, sans-serif",
      };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { y: false, drag: { x: false, y: false } },
          axes: [
            { ...axis, space: 80, values: (_, times) => times.map(timeOfDay) },
            { ...axis, size: 56 },
          ],
          series: [
            {},
            { label: name, stroke: colour("--accent"), width: 2, points: { show: false } },
          ],
        },
        [[], []],
        element,
      );
    }

    draw();
    const observer = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    observer.observe(element);
    scheme.addEventListener("change", draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
    };
  }, [name]);

  useEffect(() => {
    plot.current?.setData([times, values]);
  });

  return <div ref={box} className="plot" role="img" aria-label={label} />;
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString("en-GB");
}

/** A canvas knows no custom properties: the colour that the token stands for here. */
function resolved(element: HTMLElement, token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
