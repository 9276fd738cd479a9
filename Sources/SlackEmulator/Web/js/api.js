// The control API of the emulator (SlackEmulator.docc).

async function request(method, path, body) {
  const options = {method, headers: {}, cache: "no-store"};
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/emulator/${path}`, options);
  } catch {
    return {ok: false, error: "unreachable", message: "The emulator does not answer. Is it still running?"};
  }
  try {
    return await response.json();
  } catch {
    return {ok: false, error: `http_${response.status}`, message: `The emulator answered with status ${response.status}.`};
  }
}

export const get = (path, query = {}) => {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined)).toString();
  return request("GET", text ? `${path}?${text}` : path);
};
export const post = (path, body = {}) => request("POST", path, body);
export const put = (path, body = {}) => request("PUT", path, body);
