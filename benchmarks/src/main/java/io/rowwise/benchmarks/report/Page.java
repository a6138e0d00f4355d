package io.rowwise.benchmarks.report;

import java.util.List;
import java.util.Map;

/** The page of all results, and the part of it that the README quotes. */
final class Page {
  static final String BEGIN = "<!-- made by exec:exec@report from benchmarks/results -->";
  static final String END = "<!-- end of what is made -->";

  private Page() {}

  static String render(List<Run> runs) {
    StringBuilder page = new StringBuilder();
    page.append(
        """
        # Results

        Made from what is in `results` by `mvn -q test-compile exec:exec@report`. Where there were \
        rounds, in each of which everybody was measured once, a time is the median of the rounds \
        and a ratio that of their ratios, with the range; before there were, times are medians of \
        all iterations of all forks. A ratio above 1 says that Rowwise was faster. Run them \
        yourself with `benchmarks/measure FOLDER`.

        """);
    Map<Run, List<Plot>> plots = Plot.newest(runs);
    for (Run run : runs) {
      page.append("## ").append(run.name()).append("\n\n").append(run.machine()).append("\n\n");
      page.append(claims(run, Claim.all())).append('\n');
      for (Plot plot : plots.get(run)) {
        page.append("![%s](results/%s/%s)\n\n".formatted(plot.name(), run.name(), plot.name()));
      }
      for (Suite suite : Suite.all()) {
        page.append(suite.render(run));
      }
    }
    return page.toString().stripTrailing() + "\n";
  }

  static String claims(Run run, List<Claim> claims) {
    StringBuilder table = new StringBuilder(Claim.HEAD);
    claims.forEach(claim -> table.append(claim.line(run)));
    return table.toString();
  }

  /** The text with what is between the marks replaced by the newest run's headlines. */
  static String quoted(String readme, List<Run> runs) {
    int begin = readme.indexOf(BEGIN);
    int end = readme.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException(
          "the README has no %s followed by %s".formatted(BEGIN, END));
    }
    return readme.substring(0, begin)
        + BEGIN
        + "\n\n"
        + claims(runs.get(0), Claim.all().stream().filter(Claim::headline).toList())
        + "\n"
        + readme.substring(end);
  }
}
