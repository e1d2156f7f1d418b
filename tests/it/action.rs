//! The GitHub Action: its own steps, run for every event on clones of every depth.

mod events;
mod expression;
mod hostile;
mod hub;
mod install;
mod runner;
