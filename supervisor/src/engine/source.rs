// SPDX-License-Identifier: AGPL-3.0-or-later
//! What a component's files are made from: settings of the directory, the administrator's own lines, or what it last worked
//! with. Any of them may be wrong, and none of them may keep mail away.

use crate::engine::apply::render;
use crate::engine::board::Board;
use crate::engine::component::{Component, ConfigFile};
use crate::engine::drop_ins::DropIns;
use crate::engine::settings::Snapshot;
use crate::state::StateDir;
use anyhow::Result;
use std::sync::Arc;
use tokio::sync::oneshot;

#[derive(Debug)]
pub enum Order {
    Restart,
    /// Renders its files from other settings, and takes them back if it does not work with them. Answers whether any
    /// file was new. Drop-ins: None leaves it at what holds.
    Apply(Snapshot, Option<DropIns>, Answer),
}

pub type Answer = oneshot::Sender<Result<bool>>;

pub(super) struct Source {
    /// The newest with which it works; None: those of its first start, which is still to come.
    pub settings: Option<Snapshot>,
    pub drop_ins: DropIns,
    /// Why they are left out.
    pub refused: String,
    /// To start with, since what would be rendered now was refused.
    pub kept: Option<Vec<ConfigFile>>,
}

impl Default for Source {
    fn default() -> Source {
        Source { settings: None, drop_ins: DropIns::Taken, refused: String::new(), kept: None }
    }
}

impl Source {
    /// It does not run, so there is nothing to try: the next start shows it.
    pub fn keep_for_later(&mut self, order: Order) {
        if let Order::Apply(new, wanted, answer) = order {
            (self.settings, self.kept) = (Some(new), None);
            self.drop_ins = wanted.unwrap_or(self.drop_ins);
            let _ = answer.send(Ok(true));
        }
    }

    /// What never got ready is tried without the administrator's lines, and with them again if that is no better.
    pub async fn doubt_drop_ins(&mut self, component: &Arc<Component>, why: &str) {
        if !component.can_do_without_drop_ins {
            return;
        }
        let settings = self.settings.clone().unwrap_or_default();
        let with = render(component, &settings, DropIns::Taken).await.ok();
        let without = render(component, &settings, DropIns::LeftOut).await.ok();
        self.drop_ins = match self.drop_ins {
            DropIns::Taken if with != without => DropIns::LeftOut,
            _ => DropIns::Taken,
        };
        why.clone_into(&mut self.refused);
    }

    pub fn tell_of_drop_ins(&self, name: &str, board: &Board, state: &StateDir) {
        let text = || {
            format!(
                "{name} does not start with your lines in {} ({}), and runs without them: mend them, then `posthouse \
                 apply`",
                state.settings().display(),
                self.refused
            )
        };
        board.alert(&format!("drop-ins of {name}"), (self.drop_ins == DropIns::LeftOut).then(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(can_do_without: bool, has_lines: bool) -> Arc<Component> {
        let mut component = Component::new("x", "/bin/true".into());
        component.can_do_without_drop_ins = can_do_without;
        component.files = Arc::new(move |_, drop_ins| {
            let text = if has_lines && drop_ins == DropIns::Taken { "theirs" } else { "ours" };
            Ok(vec![ConfigFile { path: "/f".into(), text: text.into(), group: None, is_secret: false }])
        });
        Arc::new(component)
    }

    #[tokio::test]
    async fn lines_are_left_out_in_turn_where_that_may_help() {
        for (can_do_without, has_lines, after_one) in [
            (true, true, DropIns::LeftOut),
            (true, false, DropIns::Taken),
            // Data may be kept as the lines say.
            (false, true, DropIns::Taken),
        ] {
            let (mut source, component) = (Source::default(), component(can_do_without, has_lines));
            source.doubt_drop_ins(&component, "it ended").await;
            assert_eq!(source.drop_ins, after_one, "{can_do_without} {has_lines}");
            source.doubt_drop_ins(&component, "it ended").await;
            assert_eq!(source.drop_ins, DropIns::Taken, "{can_do_without} {has_lines}");
        }
    }
}
