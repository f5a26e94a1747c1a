//! One accent colour from the vendor's: its hue is kept, its lightness moved until text can be read.
//!
//! The wizard does the same (`ui/src/lib/accent.ts`), so that both look alike.

use std::fmt::Write as _;

use keyferry_token::Colour;

/// The sea in Keyferry's mark.
const DEFAULT: Colour = Colour([0x0e, 0x7a, 0x70]);
/// WCAG 1.4.3 asks for 4.5; a little more leaves room for rounding.
const TEXT_CONTRAST: f64 = 4.6;
/// WCAG 1.4.11 asks for 3.
const SHAPE_CONTRAST: f64 = 3.1;
/// Chroma beyond this shouts, whatever the brand book says.
const STRONGEST: f64 = 0.21;
const WHITE: Colour = Colour([255, 255, 255]);

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The darkest ground that accent text meets in light, the lightest that it meets in dark.
    const fn ground(self) -> Colour {
        match self {
            Self::Light => Colour([0xea, 0xf0, 0xf2]),
            Self::Dark => Colour([0x22, 0x32, 0x3a]),
        }
    }
}

/// The accent in one theme.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accent {
    /// The ground of a primary button.
    solid: Colour,
    /// The same under the pointer.
    hover: Colour,
    /// Text on it.
    on: Colour,
    /// Text on the page.
    text: Colour,
    /// A tint behind other things.
    soft: Colour,
    line: Colour,
}

impl Accent {
    pub(crate) fn of(vendor: Option<Colour>, theme: Theme) -> Self {
        let own = Lch::of(vendor.unwrap_or(DEFAULT));
        let calm = own.chroma.min(STRONGEST);
        let shade = |lightness: f64, strength: f64| {
            let chroma = calm * strength;
            let (lightness, hue) = (lightness.clamp(0.0, 1.0), own.hue);
            Lch {
                lightness,
                chroma,
                hue,
            }
            .colour()
        };
        let dark = theme == Theme::Dark;
        let away = if dark { 0.01 } else { -0.01 };
        let readable = |on: Colour, wanted: f64, start: f64| {
            let mut at = start;
            while at > 0.0 && at < 1.0 && contrast(shade(at, 1.0), on) < wanted {
                at += away;
            }
            at
        };
        let ground = theme.ground();
        let ink = shade(0.17, 0.4);
        let (on, start) = if dark {
            (ink, own.lightness.max(0.68))
        } else {
            (WHITE, own.lightness)
        };
        let solid = readable(on, TEXT_CONTRAST, readable(ground, SHAPE_CONTRAST, start));
        let text = readable(
            ground,
            TEXT_CONTRAST,
            if dark {
                own.lightness.max(0.7)
            } else {
                own.lightness
            },
        );
        Self {
            solid: shade(solid, 1.0),
            hover: shade(solid + if dark { 0.05 } else { -0.06 }, 1.0),
            on,
            text: shade(text, 1.0),
            soft: if dark {
                shade(0.31, 0.4)
            } else {
                shade(0.95, 0.22)
            },
            line: if dark {
                shade(0.42, 0.5)
            } else {
                shade(0.86, 0.5)
            },
        }
    }

    /// The ground of a button.
    pub(crate) const fn solid(&self) -> Colour {
        self.solid
    }

    /// As the style sheet takes it.
    pub(crate) fn declarations(&self) -> String {
        let mut text = String::new();
        for (name, colour) in [
            ("--accent", self.solid),
            ("--accent-hover", self.hover),
            ("--accent-on", self.on),
            ("--accent-text", self.text),
            ("--accent-soft", self.soft),
            ("--accent-line", self.line),
        ] {
            // Writing to a String cannot fail.
            let _ = write!(text, "{name}: {colour}; ");
        }
        text
    }
}

/// The contrast ratio of WCAG, 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = channels(colour).map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn channels(colour: Colour) -> [f64; 3] {
    colour.0.map(|channel| f64::from(channel) / 255.0)
}

fn linear(channel: f64) -> f64 {
    if channel <= 0.040_45 {
        channel / 12.92
    } else {
        ((channel + 0.055) / 1.055).powf(2.4)
    }
}

fn gamma(channel: f64) -> f64 {
    if channel <= 0.003_130_8 {
        channel * 12.92
    } else {
        1.055 * channel.powf(1.0 / 2.4) - 0.055
    }
}

/// A colour in OKLCH, by the matrices of Björn Ottosson's Oklab: equal steps of lightness look equal
/// in every hue.
#[derive(Clone, Copy, Debug)]
struct Lch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

#[expect(clippy::many_single_char_names, reason = "as the matrices are written")]
impl Lch {
    fn of(colour: Colour) -> Self {
        let [r, g, b] = channels(colour).map(linear);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let a = 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s;
        let yellow = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s;
        Self {
            lightness: 0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
            chroma: a.hypot(yellow),
            hue: yellow.atan2(a),
        }
    }

    /// The colour on a screen; chroma gives way where a screen cannot show it.
    fn colour(self) -> Colour {
        let mut shown = self.unclipped();
        let mut less = self.chroma;
        while less > 0.004
            && !shown
                .iter()
                .all(|channel| (-0.001..1.001).contains(channel))
        {
            less -= 0.004;
            shown = Self {
                chroma: less,
                ..self
            }
            .unclipped();
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 255"
        )]
        Colour(shown.map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8))
    }

    fn unclipped(self) -> [f64; 3] {
        let (a, b) = (self.chroma * self.hue.cos(), self.chroma * self.hue.sin());
        let l = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
        [
            gamma(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
            gamma(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
            gamma(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_whatever_colour_a_vendor_has() {
        let steps = [0, 51, 102, 153, 204, 255];
        for (r, g, b) in steps
            .iter()
            .flat_map(|r| steps.iter().map(move |g| (*r, *g)))
            .flat_map(|(r, g)| steps.iter().map(move |b| (r, g, *b)))
        {
            for theme in [Theme::Light, Theme::Dark] {
                let accent = Accent::of(Some(Colour([r, g, b])), theme);
                let name = format!("#{r:02x}{g:02x}{b:02x} {theme:?} {accent:?}");
                assert!(contrast(accent.solid, accent.on) >= 4.5, "{name}");
                assert!(contrast(accent.hover, accent.on) >= 4.5, "{name}");
                assert!(contrast(accent.text, theme.ground()) >= 4.5, "{name}");
                assert!(contrast(accent.solid, theme.ground()) >= 3.0, "{name}");
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_already_stays_itself() {
        let own = Colour([0x0e, 0x7a, 0x70]);
        assert_eq!(Accent::of(Some(own), Theme::Light).solid, own);
        assert_eq!(Accent::of(None, Theme::Light).solid, own);
    }
}
