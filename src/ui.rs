//! What is seen: panes, overlays, widgets, and the screen they stand on. Reads the store,
//! draws, returns intents. Knows neither tokio nor AWS.

pub mod overlays;
pub mod panes;
pub mod screen;
pub mod stopped;
pub mod subject;
pub mod surface;
pub mod under_way;
pub mod widgets;
