package io.rowwise.cli.report;

import java.util.ArrayDeque;
import java.util.Deque;

/** A page as it is written: well-formed, whatever the texts are. It is HTML and XML at once. */
final class Markup {
  private static final int REPLACEMENT = 0xFFFD;

  private final StringBuilder page = new StringBuilder("<!DOCTYPE html>\n");
  private final Deque<String> opened = new ArrayDeque<>();

  /** Begins an element; the attributes are names and values in turn. */
  Markup open(String element, String... attributes) {
    tag(element, attributes).append('>');
    opened.push(element);
    return this;
  }

  /** Ends the element that was begun last. */
  Markup close() {
    String element = opened.pop();
    page.append("</").append(element).append('>');
    return this;
  }

  /** An element with nothing in it: of SVG, or one of HTML's that never have. */
  Markup empty(String element, String... attributes) {
    tag(element, attributes).append("/>");
    return this;
  }

  /** An element with a text in it. */
  Markup element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  Markup text(String text) {
    escape(text);
    return this;
  }

  /** A style sheet, which has neither less-than signs nor ampersands. */
  Markup style(String sheet) {
    page.append("<style>\n").append(sheet).append("</style>");
    return this;
  }

  /** Where white space is nothing. */
  Markup line() {
    page.append('\n');
    return this;
  }

  private StringBuilder tag(String element, String... attributes) {
    page.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      page.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      page.append('"');
    }
    return page;
  }

  private void escape(String text) {
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '<' -> page.append("&lt;");
                case '>' -> page.append("&gt;");
                case '&' -> page.append("&amp;");
                case '"' -> page.append("&quot;");
                case '\'' -> page.append("&#39;");
                default -> page.appendCodePoint(isOfXml(c) ? c : REPLACEMENT);
              }
            });
  }

  /** XML 1.0, production 2, less the controls that HTML has no place for. */
  private static boolean isOfXml(int c) {
    boolean isControl = c < ' ' || (c >= 0x7F && c < 0xA0);
    boolean isHalfOfPair = c >= 0xD800 && c < 0xE000;
    boolean isNoCharacter = (c & 0xFFFE) == 0xFFFE;
    return c == '\n' || c == '\t' || !(isControl || isHalfOfPair || isNoCharacter);
  }

  /** The whole page, once all elements are closed. */
  @Override
  public String toString() {
    if (!opened.isEmpty()) {
      throw new IllegalStateException("not closed: " + opened);
    }
    return page.toString();
  }
}
