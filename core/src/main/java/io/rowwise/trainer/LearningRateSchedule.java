package io.rowwise.trainer;

import java.util.Locale;
import java.util.Objects;

/**
 * How large the steps of an epoch are. Those that are made here are immutable, and their text is
 * what {@link #parse} takes.
 */
@FunctionalInterface
public interface LearningRateSchedule {
  /**
   * The learning rate of an epoch.
   *
   * @param base the rate that the solver was given
   * @param epoch counted from 0
   * @param epochs how many there will be
   */
  double rate(double base, int epoch, int epochs);

  /** {@code base} in all epochs; text {@code constant}. */
  static LearningRateSchedule constant() {
    return new ConstantRate();
  }

  /**
   * {@code base * factor^floor(epoch / every)}, PyTorch's StepLR; text {@code step:10:0.5}.
   *
   * @param every how many epochs have the same rate, at least 1
   * @param factor above 0
   * @throws IllegalArgumentException if one is out of its range
   */
  static LearningRateSchedule step(int every, double factor) {
    return new StepRate(every, factor);
  }

  /**
   * {@code base * factor^epoch}, PyTorch's ExponentialLR; text {@code exponential:0.95}.
   *
   * @param factor above 0
   * @throws IllegalArgumentException if it is out of its range
   */
  static LearningRateSchedule exponential(double factor) {
    return new ExponentialRate(factor);
  }

  /**
   * {@code base * (1 + cos(pi * epoch / epochs)) / 2} (I. Loshchilov and F. Hutter, SGDR, 2017,
   * without restarts; PyTorch's CosineAnnealingLR); text {@code cosine}.
   */
  static LearningRateSchedule cosine() {
    return new CosineRate();
  }

  /**
   * {@code base / (1 + decay * epoch)} (H. Robbins and S. Monro, 1951, have steps that shrink so);
   * text {@code inverse:0.1}.
   *
   * @param decay at least 0
   * @throws IllegalArgumentException if it is out of its range
   */
  static LearningRateSchedule inverseTime(double decay) {
    return new InverseTimeRate(decay);
  }

  /**
   * Some epochs in which the rate rises in a line, {@code base * (epoch + 1) / (warm + 1)}, then
   * another schedule, for which these epochs were not (P. Goyal et al., Accurate, large minibatch
   * SGD, 2017); text {@code warmup:5:cosine}.
   *
   * @param warm how many epochs, at least 1
   * @param then from {@code base} on
   * @throws IllegalArgumentException if there is no epoch
   */
  static LearningRateSchedule warmUp(int warm, LearningRateSchedule then) {
    return new WarmUpRate(warm, then);
  }

  /**
   * The schedule of a text: {@code constant}, {@code step:EVERY:FACTOR}, {@code
   * exponential:FACTOR}, {@code cosine}, {@code inverse:DECAY}, {@code warmup:EPOCHS:SCHEDULE}.
   *
   * @throws IllegalArgumentException if it is none of these; the message says what there is
   */
  static LearningRateSchedule parse(String text) {
    return ScheduleText.parse(Objects.requireNonNull(text, "text"));
  }
}

final class ScheduleText {
  private ScheduleText() {}

  static LearningRateSchedule parse(String text) {
    int colon = text.indexOf(':');
    String name = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    try {
      return switch (name) {
        case "constant" -> alone(new ConstantRate(), text);
        case "cosine" -> alone(new CosineRate(), text);
        case "exponential" -> new ExponentialRate(Double.parseDouble(rest));
        case "inverse" -> new InverseTimeRate(Double.parseDouble(rest));
        case "step" ->
            new StepRate(
                Integer.parseInt(first(rest, text)), Double.parseDouble(second(rest, text)));
        case "warmup" ->
            new WarmUpRate(Integer.parseInt(first(rest, text)), parse(second(rest, text)));
        default -> throw unknown(text);
      };
    } catch (NumberFormatException e) {
      throw unknown(text);
    }
  }

  private static LearningRateSchedule alone(LearningRateSchedule schedule, String text) {
    if (text.indexOf(':') >= 0) {
      throw unknown(text);
    }
    return schedule;
  }

  private static String first(String rest, String text) {
    int colon = rest.indexOf(':');
    if (colon < 0) {
      throw unknown(text);
    }
    return rest.substring(0, colon);
  }

  private static String second(String rest, String text) {
    return rest.substring(first(rest, text).length() + 1);
  }

  private static IllegalArgumentException unknown(String text) {
    return new IllegalArgumentException(
        "learning rate schedule: '%s', wanted constant, step:EVERY:FACTOR, exponential:FACTOR, cosine, inverse:DECAY or warmup:EPOCHS:SCHEDULE, such as step:10:0.5"
            .formatted(text));
  }

  static void requirePositive(String what, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "learning rate schedule: %s is %s, wanted a finite number above 0"
              .formatted(what, value));
    }
  }

  static void requireEpochs(String what, int epochs) {
    if (epochs < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "learning rate schedule: %s is %d epochs, wanted at least 1",
              what,
              epochs));
    }
  }
}

record ConstantRate() implements LearningRateSchedule {
  @Override
  public double rate(double base, int epoch, int epochs) {
    return base;
  }

  @Override
  public String toString() {
    return "constant";
  }
}

record StepRate(int every, double factor) implements LearningRateSchedule {
  StepRate {
    ScheduleText.requireEpochs("a step", every);
    ScheduleText.requirePositive("the factor of a step", factor);
  }

  @Override
  public double rate(double base, int epoch, int epochs) {
    int steps = epoch / every;
    return base * Math.pow(factor, steps);
  }

  @Override
  public String toString() {
    return "step:" + every + ":" + factor;
  }
}

record ExponentialRate(double factor) implements LearningRateSchedule {
  ExponentialRate {
    ScheduleText.requirePositive("the factor of an epoch", factor);
  }

  @Override
  public double rate(double base, int epoch, int epochs) {
    return base * Math.pow(factor, epoch);
  }

  @Override
  public String toString() {
    return "exponential:" + factor;
  }
}

record CosineRate() implements LearningRateSchedule {
  @Override
  public double rate(double base, int epoch, int epochs) {
    return base * (1 + Math.cos(Math.PI * epoch / epochs)) / 2;
  }

  @Override
  public String toString() {
    return "cosine";
  }
}

record InverseTimeRate(double decay) implements LearningRateSchedule {
  InverseTimeRate {
    if (!(decay >= 0) || Double.isInfinite(decay)) {
      throw new IllegalArgumentException(
          "learning rate schedule: the decay is %s, wanted a finite number of at least 0"
              .formatted(decay));
    }
  }

  @Override
  public double rate(double base, int epoch, int epochs) {
    return base / (1 + decay * epoch);
  }

  @Override
  public String toString() {
    return "inverse:" + decay;
  }
}

record WarmUpRate(int warm, LearningRateSchedule then) implements LearningRateSchedule {
  WarmUpRate {
    ScheduleText.requireEpochs("the warm-up", warm);
    Objects.requireNonNull(then, "then");
  }

  @Override
  public double rate(double base, int epoch, int epochs) {
    return epoch < warm
        ? base * (epoch + 1) / (warm + 1)
        : then.rate(base, epoch - warm, epochs - warm);
  }

  @Override
  public String toString() {
    return "warmup:" + warm + ":" + then;
  }
}
