//! What the keyboard asks for, whatever the focus is on.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use crate::command::{Command, Place};
use crate::window::Window;

const PLACES: [Key; 5] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5];
const STEP: u16 = 25;

/// Reads shortcuts into the tray.
pub(crate) fn read(context: &Context, window: &Window, tray: &mut Vec<Command>) {
    let command = |key| KeyboardShortcut::new(Modifiers::COMMAND, key);
    // While a field has the focus, Escape first leaves the field.
    let typing = context.egui_wants_keyboard_input();
    context.input_mut(|input| {
        if input.consume_shortcut(&command(Key::N)) {
            tray.push(Command::Begin);
        }
        for (key, place) in PLACES.into_iter().zip(Place::ALL) {
            if input.consume_shortcut(&command(key)) {
                tray.push(Command::Go(place));
            }
        }
        if input.consume_shortcut(&command(Key::Plus)) || input.consume_shortcut(&command(Key::Equals)) {
            tray.push(Command::Resize(window.percent + STEP));
        }
        if input.consume_shortcut(&command(Key::Minus)) {
            tray.push(Command::Resize(window.percent - STEP));
        }
        if input.consume_shortcut(&command(Key::Num0)) {
            tray.push(Command::Resize(100));
        }
        if !typing && input.consume_key(Modifiers::NONE, Key::Escape) {
            tray.push(Command::Back);
        }
    });
}
