package io.rowwise.cli.report;

import java.util.Arrays;

/**
 * The frame of a chart in SVG: lines at the ticks, their numbers and what the axes are. Colours are
 * the style sheet's, so that they follow the reader's light or dark.
 */
final class Chart {
  static final int WIDTH = 460;
  static final int HEIGHT = 340;
  static final int LEFT = 56;
  static final int RIGHT = WIDTH - 14;
  static final int TOP = 28;
  static final int BOTTOM = HEIGHT - 44;

  private Chart() {}

  /** Begins the picture; whoever calls draws into it and closes it. */
  static void open(Markup page, String description, Axis across, Axis upwards) {
    page.open(
        "svg",
        "viewBox",
        "0 0 " + WIDTH + " " + HEIGHT,
        "class",
        "chart",
        "role",
        "img",
        "aria-label",
        description);
    for (double tick : upwards.ticks()) {
      double y = upwards.position(tick);
      line(page, LEFT, y, RIGHT, y, "grid");
      text(page, LEFT - 8, y + 4, "end", Numbers.tick(tick), "tick");
    }
    for (double tick : across.ticks()) {
      double x = across.position(tick);
      line(page, x, BOTTOM, x, BOTTOM + 4, "axis");
      text(page, x, BOTTOM + 18, "middle", Numbers.tick(tick), "tick");
    }
    line(page, LEFT, BOTTOM, RIGHT, BOTTOM, "axis");
  }

  /** What the axes are: below the one, above the other, so that no text is turned. */
  static void titles(Markup page, String across, String upwards) {
    text(page, (LEFT + RIGHT) / 2.0, HEIGHT - 8, "middle", across, "axis-title");
    text(page, 4, 14, "start", upwards, "axis-title");
  }

  static void line(Markup page, double x1, double y1, double x2, double y2, String style) {
    page.empty(
        "line",
        "x1",
        Numbers.pixels(x1),
        "y1",
        Numbers.pixels(y1),
        "x2",
        Numbers.pixels(x2),
        "y2",
        Numbers.pixels(y2),
        "class",
        style);
  }

  static void text(Markup page, double x, double y, String anchor, String text, String style) {
    page.element(
        "text",
        text,
        "x",
        Numbers.pixels(x),
        "y",
        Numbers.pixels(y),
        "text-anchor",
        anchor,
        "class",
        style);
  }

  static void rectangle(
      Markup page, double x, double y, double width, double height, String... more) {
    String[] attributes = {
      "x", Numbers.pixels(x),
      "y", Numbers.pixels(y),
      "width", Numbers.pixels(width),
      "height", Numbers.pixels(height)
    };
    String[] all = Arrays.copyOf(attributes, attributes.length + more.length);
    System.arraycopy(more, 0, all, attributes.length, more.length);
    page.empty("rect", all);
  }
}
