// The static site: the face tabs of the app without a server, from the same modules.

import {mount as mountNumbers} from "../common/numbers.js";
import {mount as mountTabs} from "../common/tabs.js";
import {mount as mountLive} from "../face/live.js";
import {mountConsent} from "./consent.js";
import {mountTabList} from "./tab_list.js";
import {keepPage} from "./updates.js";

const at = id => document.getElementById(id);
const {live, tabs} = JSON.parse(at("settings").textContent);

mountTabList(at("tabs"));
mountTabs({element: at("masthead")}, tabs);
mountConsent({
  box: document.querySelector("#consent input"), room: at("live-room"), template: at("live-template"),
  asides: [at("live-terms"), at("live-example")],
}, element => mountLive({element, props: {}, server: null, watch() {}}, live));
for (const element of document.querySelectorAll(".about")) mountNumbers({element});
document.documentElement.dataset.mounted = "";
keepPage(at("kept")).catch(error => console.warn(error));  // it works all the same, with a connection
