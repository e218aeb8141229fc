// How many bytes each module has, and which modules lie one after the other in the file of a part.
const SIZES = "{SIZES}";
const PARTS = "{PARTS}";
const JOINED = new Map();
const ASKED = new Set();
/** How long it is waited before a file that did not come is asked for again: twice as long each time. */
const FIRST_PAUSE_MS = 500;
const LAST_PAUSE_MS = 8000;

/**
 * Asks for the file of a part, unless the server's page has not and most of what lies in it has come with others.
 */
function open(part) {
    const names = PARTS[part];
    const left = names.filter((name) => !ASKED.has(name));
    const bytes = (modules) => modules.reduce((sum, name) => sum + SIZES[name], 0);
    const file = `all_${part}.wasm`;
    const isPreloaded = document.querySelector(`link[rel="preload"][href$="/${file}"]`) !== null;
    if (left.length === 0 || (!isPreloaded && bytes(left) * 2 < bytes(names))) return;
    const whole = bring(file);
    let start = 0;
    for (const name of names) {
        const [from, to] = [start, start + SIZES[name]];
        start = to;
        if (ASKED.has(name)) continue;
        const module = whole.then((all) => asModule(all.slice(from, to)));
        module.catch(() => {});
        JOINED.set(name, module);
    }
}

/** A module, out of the file of a part or by itself; when that is refused, the next try asks for it by itself. */
function take(name) {
    ASKED.add(name);
    const module = JOINED.get(name) ?? bring(`${name}.wasm`).then(asModule);
    JOINED.delete(name);
    return module;
}

/** What WebAssembly takes for the answer to a request of its own. */
function asModule(bytes) {
    return new Response(bytes, { headers: { "content-type": "application/wasm" } });
}

/**
 * The bytes of a file beside this one. While the server is away it is asked for again and again: nobody else would, and
 * what is to be shown by it would stay empty. A server of another version refuses it, and asking again does not help.
 */
async function bring(file) {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LAST_PAUSE_MS)) {
        const answer = await fetch(new URL(file, import.meta.url)).catch(() => undefined);
        if (answer !== undefined && answer.status < 500) {
            if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
            const bytes = await answer.arrayBuffer().catch(() => undefined);
            if (bytes !== undefined) return bytes;
        }
        await pause(wait);
    }
}

/** Waits so long, or until the browser says that it has a network again. */
function pause(ms) {
    return new Promise((done) => {
        const go = () => {
            clearTimeout(timer);
            removeEventListener("online", go);
            done();
        };
        const timer = setTimeout(go, ms);
        addEventListener("online", go);
    });
}
