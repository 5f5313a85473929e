// The dispatcher's map: districts, routes and stops drawn by MapLibre from plain GeoJSON; no
// tile, no font and no other machine is asked. Without WebGL the drawn picture stays.
const frame = document.querySelector("#map-frame");
const sight = document.querySelector("#map-sight");
const PIXELS = Math.max(2, Math.ceil(devicePixelRatio));
const DASHES = [[1], [4, 1.5], [1.5, 1.5], [6, 1.5, 1.5, 1.5]];
const dark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};
const sees = () => {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
};
const read = async (address) => {
  const answer = await fetch(address, { headers: { Accept: "application/json", "Yaoda-Background": "1" } });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
};

// A sign is drawn when the map asks for it: "stop|colour|words|filled", or "name|words".
const signed = (id) => {
  const [kind, ...said] = id.split("|");
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const canvas = pen.canvas;
  const words = kind === "name" ? said[0] : said[1];
  const font = `${kind === "name" ? 13 : 11}px "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif`;
  pen.font = font;
  const wide = Math.max(kind === "name" ? 8 : 18, pen.measureText(words).width + 8);
  const high = 18;
  [canvas.width, canvas.height] = [wide * PIXELS, high * PIXELS];
  pen.scale(PIXELS, PIXELS);
  Object.assign(pen, { font, textAlign: "center", textBaseline: "middle", lineWidth: 2 });
  if (kind === "name") {
    pen.fillStyle = dark() ? "#b2c2ba" : "#4a5a53";
  } else {
    const [colour, , filled] = said;
    pen.beginPath();
    pen.roundRect(1, 1, wide - 2, high - 2, kind === "home" ? 8 : 3);
    pen.fillStyle = filled === "yes" ? colour : "#ffffff";
    pen.strokeStyle = filled === "yes" ? "#ffffff" : colour;
    if (words.endsWith("!")) Object.assign(pen, { strokeStyle: "#b3261e", lineWidth: 3 }); // late
    pen.fill();
    pen.stroke();
    pen.fillStyle = filled === "yes" ? "#ffffff" : colour;
  }
  pen.fillText(words, wide / 2, high / 2 + 0.5);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
};

const bounds = ({ lines, homes }) => {
  const ways = lines.features.flatMap((it) => it.geometry.coordinates);
  // Where somebody drives is looked at; who is idle far away does not push it into a corner.
  const points = ways.length ? ways : homes.features.map((it) => it.geometry.coordinates);
  if (!points.length) return null;
  const [lon, lat] = [0, 1].map((at) => points.map((it) => it[at]));
  return [
    [Math.min(...lon), Math.min(...lat)],
    [Math.max(...lon), Math.max(...lat)],
  ];
};
const names = (ground) => ({
  type: "FeatureCollection",
  features: ground.features
    .filter((it) => it.properties.centre && it.properties.name)
    .map(({ properties: { name, centre } }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: centre },
      properties: { icon: `name|${name}` },
    })),
});
// One route's stops bear their own numbers, the others that of their route; what is late by the
// plan, or is expected late now, has a sign.
const iconed = (stops, courier, expected) => {
  for (const { properties: it } of stops.features) {
    const words = it.courier === courier ? it.no : it.number;
    const late = it.late || (it.kind === "dropoff" && !it.done && expected.has(it.order));
    it.icon = `stop|${it.colour}|${late ? `${words}!` : words}|${it.kind === "pickup" || it.done ? "no" : "yes"}`;
  }
  return stops;
};
const housed = (homes) => {
  for (const { properties: it } of homes.features) it.icon = `home|${it.colour}|${it.number}|yes`;
  return homes;
};
// Where couriers were last: a ring in the colour and with the number of their route.
const ridden = (fleet, homes) => {
  const known = Object.fromEntries(homes.features.map((it) => [it.properties.courier, it.properties]));
  const features = fleet.riders
    .filter((it) => it.place && known[it.courier_code])
    .map(({ courier_code: code, place: { point } }) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [point.lon, point.lat] },
      properties: { icon: `home|${known[code].colour}|▲${known[code].number}|no` },
    }));
  return { type: "FeatureCollection", features };
};
const style = (ground, plan) => {
  const source = (data) => ({ type: "geojson", data });
  const shown = { "icon-image": ["get", "icon"], "icon-allow-overlap": true };
  return {
    version: 8,
    sources: {
      ground: source(ground),
      names: source(names(ground)),
      lines: source(plan.lines),
      stops: source(iconed(plan.stops, "", new Set())),
      homes: source(housed(plan.homes)),
      riders: source({ type: "FeatureCollection", features: [] }),
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": dark() ? "#0e1512" : "#e6effb" } },
      { id: "land", type: "fill", source: "ground", paint: { "fill-color": dark() ? "#1f2a25" : "#f3f7f5" } },
      { id: "edges", type: "line", source: "ground", paint: { "line-color": dark() ? "#80938a" : "#9db0a8" } },
      { id: "names", type: "symbol", source: "names", layout: { "icon-image": ["get", "icon"] } },
      ...DASHES.map((dash, at) => ({
        id: `lines-${at}`,
        type: "line",
        source: "lines",
        filter: ["==", ["get", "dash"], at],
        paint: { "line-color": ["get", "colour"], "line-width": 3, ...(at ? { "line-dasharray": dash } : {}) },
      })),
      { id: "homes", type: "symbol", source: "homes", layout: shown },
      { id: "stops", type: "symbol", source: "stops", layout: { ...shown, "symbol-sort-key": ["get", "no"] } },
      { id: "riders", type: "symbol", source: "riders", layout: shown },
    ],
  };
};

const open = async () => {
  const { Map, setWorkerUrl } = await import(frame.dataset.script);
  setWorkerUrl(frame.dataset.worker);
  const [ground, plan] = await Promise.all([read(frame.dataset.ground), read(frame.dataset.plan)]);
  sight.hidden = false;
  const map = new Map({
    container: sight,
    style: style(ground, plan),
    bounds: bounds(plan) ?? undefined,
    fitBoundsOptions: { padding: 40, maxZoom: 14 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: false,
  });
  map.touchZoomRotate.disableRotation();
  map.setMissingStyleImageResolver((id) => {
    if (id.includes("|") && !map.hasImage(id)) map.addImage(id, signed(id), { pixelRatio: PIXELS });
  });
  let courier = "";
  let late = new Set(); // the orders that are expected after their window
  const show = () => {
    const mine = ["==", ["get", "courier"], courier];
    const faint = (clear) => (courier ? ["case", mine, 1, clear] : 1);
    DASHES.forEach((_, at) => map.setPaintProperty(`lines-${at}`, "line-opacity", faint(0.25)));
    map.setPaintProperty("stops", "icon-opacity", faint(0.35));
    map.getSource("stops").setData(iconed(plan.stops, courier, late));
  };
  const follow = async () => {
    try {
      const fleet = await read(frame.dataset.fleet);
      map.getSource("riders").setData(ridden(fleet, plan.homes));
      const arrivals = fleet.riders.flatMap((it) => it.arrivals);
      late = new Set(arrivals.filter((it) => it.late_s > 0).map((it) => it.order_id));
      show();
    } catch {
      // the next position asks again
    }
  };
  map.on("load", () => {
    if (frame.dataset.fleet) {
      follow();
      document.addEventListener("fleet:changed", follow);
    }
    frame.dataset.drawn = "yes";
    frame.querySelector("img").hidden = true;
    for (const each of frame.querySelectorAll("[data-zoom]")) each.hidden = false;
  });
  map.on("click", "stops", ({ features }) => {
    const { order } = features[0].properties;
    document.dispatchEvent(new CustomEvent("map:chosen", { detail: { order } }));
  });
  frame.addEventListener("click", ({ target }) => {
    const way = target.closest("[data-zoom]")?.dataset.zoom;
    if (way === "in") map.zoomIn();
    if (way === "out") map.zoomOut();
    if (way === "all") {
      courier = "";
      show();
      map.fitBounds(bounds(plan), { padding: 40, maxZoom: 14 });
    }
  });
  for (const name of ["board:courier", "board:chosen"]) {
    document.addEventListener(name, ({ detail }) => {
      if (!detail.courier || detail.courier === courier) return;
      courier = detail.courier;
      show();
    });
  }
  document.addEventListener("live:changed", async () => {
    try {
      const { lines, homes, stops } = await read(frame.dataset.plan);
      Object.assign(plan, { lines, homes, stops });
    } catch {
      return; // the next change asks again
    }
    map.getSource("lines").setData(plan.lines);
    map.getSource("homes").setData(housed(plan.homes));
    show();
  });
};
const stay = () => {
  sight.hidden = true;
  frame.querySelector("[data-without]").hidden = false;
};
if (frame) {
  if (sees()) open().catch(stay);
  else stay();
}
