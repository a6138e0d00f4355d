package io.rowwise.cli.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The weights of largest magnitude of each class, as bars of one scale. */
final class LargestWeights {
  private static final int MOST_CLASSES = 12;
  private static final int MOST_FEATURES = 10;

  private static final int MOST_DECIMALS = 8;

  private static final Comparator<WeightBar> LARGEST_FIRST =
      Comparator.comparingDouble((WeightBar bar) -> Math.abs(bar.weight())).reversed();

  private LargestWeights() {}

  static void write(Markup html, List<WeightBar> weights) {
    WeightBar largest = weights.stream().min(LARGEST_FIRST).orElseThrow();
    Map<String, List<WeightBar>> classes = new LinkedHashMap<>();
    for (WeightBar bar : weights) {
      classes.computeIfAbsent(bar.className(), unused -> new ArrayList<>()).add(bar);
    }
    html.open("section").element("h2", finding(largest)).line();
    html.open("div", "class", "weights").line();
    classes.entrySet().stream()
        .limit(MOST_CLASSES)
        .forEach(
            each -> writeClass(html, each.getKey(), each.getValue(), Math.abs(largest.weight())));
    html.close().line();
    html.element("p", note(classes), "class", "note").close().line();
  }

  private static String finding(WeightBar largest) {
    return String.format(
        Locale.ROOT,
        "%s weighs most, %s %s (%s)",
        largest.feature(),
        largest.weight() < 0 ? "against" : "for",
        largest.className(),
        signed(largest.weight(), Math.abs(largest.weight())));
  }

  private static String note(Map<String, List<WeightBar>> classes) {
    StringBuilder note =
        new StringBuilder("To the right speaks for the class, to the left against it.");
    if (classes.values().stream().anyMatch(bars -> bars.size() > MOST_FEATURES)) {
      note.append(" Shown are the ")
          .append(MOST_FEATURES)
          .append(" largest weights of each class.");
    }
    if (classes.size() > MOST_CLASSES) {
      note.append(" Of ")
          .append(classes.size())
          .append(" classes the first ")
          .append(MOST_CLASSES)
          .append(" are shown.");
    }
    return note.toString();
  }

  private static void writeClass(
      Markup html, String className, List<WeightBar> bars, double largest) {
    html.open("div", "class", "weights-of-class").element("h3", className).line();
    bars.stream()
        .sorted(LARGEST_FIRST)
        .limit(MOST_FEATURES)
        .forEach(
            bar -> {
              double share = largest == 0 ? 0 : 50 * Math.abs(bar.weight()) / largest;
              double from = bar.weight() < 0 ? 50 - share : 50;
              html.open("div", "class", "bar");
              html.element("span", bar.feature(), "class", "feature", "title", bar.feature());
              html.open("span", "class", "track");
              html.element(
                  "span",
                  "",
                  "class",
                  bar.weight() < 0 ? "against" : "for",
                  "style",
                  String.format(Locale.ROOT, "left: %.2f%%; width: %.2f%%", from, share));
              html.close()
                  .element("span", signed(bar.weight(), largest), "class", "value")
                  .close()
                  .line();
            });
    html.close().line();
  }

  /** With as many decimals as give the largest three digits, so that all are aligned. */
  private static String signed(double weight, double largest) {
    double digitsBefore = largest == 0 ? 1 : Math.floor(Math.log10(largest)) + 1;
    int decimals = (int) Math.max(0, Math.min(MOST_DECIMALS, 3 - digitsBefore));
    return String.format(Locale.ROOT, "%+." + decimals + "f", weight).replace('-', '\u2212');
  }
}
