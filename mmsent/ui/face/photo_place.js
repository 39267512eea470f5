// Which answer is shown where both the device and the server give some: that of the place that is
// chosen, whenever it comes.

// Calls `show` with what is to be shown: the value of the view for the server, the detail of the
// document's event `name` for this device.
export function followPlace({ element, props, watch }, name, show) {
  const given = { device: {}, server: props.value ?? {} };
  const place = () => document.documentElement.dataset.photos ?? "server";
  const put = (kind, value) => {
    given[kind] = value ?? {};
    if (kind === place()) show(given[kind]);
  };
  const listen = (event, act) =>
    document.addEventListener(event, function heard({ detail }) {
      if (element.isConnected) act(detail);
      else document.removeEventListener(event, heard);
    });
  listen(name, (detail) => put("device", detail));
  listen("photo-place", () => show(given[place()]));
  watch("value", () => put("server", props.value));
  show(given[place()]);
}
