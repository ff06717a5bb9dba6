//! Shapes as SVG text. Colours come from classes, which follow the reader's light or dark mode; text stays text, in
//! whatever plain font the reader has.

/// What a document looks like. One path draws all bars of a kind, so that a picture weighs little.
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#57606a}\
     .h{font-size:17px;font-weight:600;fill:#1f2328}.t{font-size:13px;font-weight:600;fill:#1f2328}\
     path{fill:none;stroke-linecap:butt}.g{stroke:#8c959f;stroke-opacity:.3}.o{stroke:#8c959f;stroke-dasharray:4 3}\
     .w{stroke:#54aeff;stroke-opacity:.3}.n{stroke:#218bff;stroke-opacity:.55}.f{stroke:#0550ae;stroke-width:2}\
     .d{stroke:#1f2328;stroke-linecap:round}.m{stroke:#cf222e;stroke-linecap:round}\
     @media(prefers-color-scheme:dark){text{fill:#9198a1}.h,.t{fill:#f0f6fc}.w{stroke-opacity:.25}.f{stroke:#b6e3ff}\
     .d{stroke:#f0f6fc}.m{stroke:#ff7b72}}";

/// Where a text stands beside its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    End,
}

/// A picture in the making.
pub(super) struct Svg {
    width: u32,
    body: String,
}

impl Svg {
    pub(super) fn new(width: u32) -> Self {
        Self { width, body: String::new() }
    }

    /// A line of text of a class: `h` a heading, `t` a title, or none.
    pub(super) fn text(&mut self, [x, y]: [f64; 2], class: &str, anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::End => " text-anchor=\"end\"",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let (x, y, text) = (number(x), number(y), escaped(text));
        self.body.push_str(&format!("<text x=\"{x}\" y=\"{y}\"{class}{anchor}>{text}</text>\n"));
    }

    /// Straight strokes of a class, each from one point to the other, `width` wide.
    pub(super) fn strokes(
        &mut self,
        class: &str,
        width: f64,
        strokes: impl IntoIterator<Item = [[f64; 2]; 2]>,
    ) {
        let path: String = strokes
            .into_iter()
            .map(|[[x, y], [to_x, to_y]]| {
                let to = if x.to_bits() == to_x.to_bits() {
                    format!("V{}", number(to_y))
                } else {
                    format!("L{} {}", number(to_x), number(to_y))
                };
                format!("M{} {}{to}", number(x), number(y))
            })
            .collect();
        if !path.is_empty() {
            self.body.push_str(&format!(
                "<path class=\"{class}\" stroke-width=\"{}\" d=\"{path}\"/>\n",
                number(width)
            ));
        }
    }

    /// Round dots of a class, `width` wide.
    pub(super) fn dots(&mut self, class: &str, width: f64, dots: impl IntoIterator<Item = [f64; 2]>) {
        // A stroke of no length with round ends.
        self.strokes(class, width, dots.into_iter().map(|dot| [dot; 2]));
    }

    /// The document, `height` high, with words for those who cannot see it.
    pub(super) fn finish(self, height: u32, title: &str, description: &str) -> String {
        let Self { width, body } = self;
        let (title, description) = (escaped(title), escaped(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
             <title>{title}</title>\n<desc>{description}</desc>\n<style>{STYLE}</style>\n{body}</svg>\n"
        )
    }
}

/// A tenth of a pixel is finer than anybody sees.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_short_and_text_is_text() {
        let mut svg = Svg::new(100);
        svg.text([1.0, 2.25], "t", Anchor::End, "fish & chips < 5");
        svg.strokes("w", 9.0, [[[5.0, 80.0], [5.0, 20.04]], [[0.0, 1.0], [100.0, 1.0]]]);
        svg.dots("d", 4.5, [[5.0, 50.0]]);
        let text = svg.finish(50, "a", "b");
        let shapes: Vec<&str> = text.lines().skip(4).collect();
        assert_eq!(
            shapes,
            [
                "<text x=\"1\" y=\"2.2\" class=\"t\" text-anchor=\"end\">fish &amp; chips &lt; 5</text>",
                "<path class=\"w\" stroke-width=\"9\" d=\"M5 80V20M0 1L100 1\"/>",
                "<path class=\"d\" stroke-width=\"4.5\" d=\"M5 50V50\"/>",
                "</svg>"
            ]
        );
    }
}
