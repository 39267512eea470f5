// What visitors are told where the nets on their device fail.

export const NOT_STARTED = "The model can't be started on this device.";
export const GAVE_UP = "This device could not read the photo.";
