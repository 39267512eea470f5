// The static site: the face tabs of the app without a server, from the same modules.

import { mount as mountNumbers } from "../common/numbers.js";
import { mountAsides } from "../common/asides.js";
import { mount as mountTabs } from "../common/tabs.js";
import { mount as mountLive } from "../face/live.js";
import { mount as mountPhoto } from "../face/photo.js";
import { mount as mountDetail } from "../face/photo_detail.js";
import { mount as mountOwn } from "../face/photo_own.js";
import { mount as mountSaves } from "../face/photo_save.js";
import { mountConsent } from "./consent.js";
import { mountTabList } from "./tab_list.js";
import { keepPage } from "./updates.js";

const at = (id) => document.getElementById(id);
// What a module is mounted in: nothing changes its value but its own events, and nobody but the
// device can be asked.
const context = (element) => ({ element, props: {}, server: null, trigger() {}, watch() {} });
const { live, photos, names, tabs } = JSON.parse(at("settings").textContent);

mountTabList(at("tabs"));
mountConsent(
  {
    box: document.querySelector("#consent input"),
    room: at("live-room"),
    template: at("live-template"),
    asides: [at("live-terms"), at("live-example")],
  },
  (element) => mountLive(context(element), live),
);
mountPhoto(context(at("photo-view")), names);
mountDetail(context(at("photo-detail")), names);
mountSaves(context(at("photo-save")), names);
mountOwn(context(at("photo-own")), photos);
for (const element of document.querySelectorAll(".about")) mountNumbers({ element });
mountTabs({ element: at("masthead") }, tabs); // last, since an address may press a button
mountAsides({ element: at("masthead") });
document.documentElement.dataset.mounted = "";
// it works all the same, with a connection
keepPage(at("kept")).catch((error) => console.warn(error));
