package io.rowwise.cli.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where numbers are on a line of a chart, and which of them have a tick.
 *
 * @param least the number at {@code from}
 * @param most the number at {@code to}, above it
 * @param from in pixels
 * @param to in pixels; may be below {@code from}, as upwards in SVG
 * @param isLogarithmic then both numbers are above 0
 */
record Axis(double least, double most, double from, double to, boolean isLogarithmic) {
  /** How many ticks there are about, so that they can be read. */
  private static final int TICKS = 5;

  double position(double value) {
    double share =
        isLogarithmic
            ? Math.log(value / least) / Math.log(most / least)
            : (value - least) / (most - least);
    return from + share * (to - from);
  }

  List<Double> ticks() {
    return isLogarithmic ? logarithmicTicks() : linearTicks(niceStep());
  }

  /** 1, 2 or 5 times a power of ten. */
  private double niceStep() {
    double step = (most - least) / TICKS;
    double power = Math.pow(10, Math.floor(Math.log10(step)));
    double digit = step / power;
    return power * (digit < 1.5 ? 1 : digit < 3.5 ? 2 : digit < 7.5 ? 5 : 10);
  }

  private List<Double> linearTicks(double step) {
    List<Double> ticks = new ArrayList<>();
    // Rounding must not cost the last one.
    for (double i = Math.ceil(least / step - 1e-9); i * step <= most + 1e-9 * step; i++) {
      ticks.add(i * step);
    }
    return ticks;
  }

  private List<Double> logarithmicTicks() {
    int first = (int) Math.floor(Math.log10(least));
    int last = (int) Math.ceil(Math.log10(most));
    int apart = Math.max(1, (last - first) / TICKS);
    double[] digits = Math.log10(most / least) <= 2 ? new double[] {1, 2, 5} : new double[] {1};
    List<Double> ticks = new ArrayList<>();
    for (int power = first; power <= last; power += apart) {
      for (double digit : digits) {
        double tick = digit * Math.pow(10, power);
        if (tick >= least * (1 - 1e-9) && tick <= most * (1 + 1e-9)) {
          ticks.add(tick);
        }
      }
    }
    return ticks;
  }
}
