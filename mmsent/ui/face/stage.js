// The place that shows the camera: its shape, the mirror, and the button that turns to another
// camera.

// `view.isMirror` is what the camera that was shown last wants.
export function stageOf($, camera, view) {
  // A phone that is turned films the other way round.
  function fit() {
    const { videoWidth, videoHeight } = $("video");
    if (videoWidth) $(".stage").style.setProperty("--shape", `${videoWidth} / ${videoHeight}`);
  }

  function show() {
    $(".turn").hidden = camera.count < 2;
    fit();
    if (camera.isMirror === view.isMirror) return; // the visitor's own choice stays
    $(".mirror").checked = view.isMirror = camera.isMirror;
    $("video").classList.toggle("mirrored", camera.isMirror);
  }

  return { fit, show };
}
