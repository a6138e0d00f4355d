package io.rowwise.predictor;

import java.util.function.Function;

/**
 * An asynchronous request: rows of {@code double} or of {@code float}, and what is to become of
 * their probabilities.
 *
 * @param <A> what its caller asked for
 */
abstract class Request<A> {
  private final int rows;
  private final Answer<A> answer = new Answer<>();
  private final long asked = System.nanoTime();
  private Deadlines.Deadline deadline;

  /** Decided by the thread that computes it, and not yet handed over to be delivered. */
  private boolean toBeDelivered;

  private Request(int rows) {
    this.rows = rows;
  }

  /**
   * For rows of {@code double}.
   *
   * @param answer makes what was asked for of a new array of rows x classes probabilities
   */
  static <A> Request<A> of(double[] x, int rows, Function<double[], A> answer) {
    return new Doubles<>(x, rows, answer);
  }

  /** As {@link #of(double[], int, Function)}, for {@code float}. */
  static <A> Request<A> of(float[] x, int rows, Function<float[], A> answer) {
    return new Floats<>(x, rows, answer);
  }

  final int rows() {
    return rows;
  }

  /** How many places it takes where rows are counted: without rows it takes one, too. */
  final int places() {
    return Math.max(1, rows);
  }

  final Answer<A> answer() {
    return answer;
  }

  /** Sets by when it is wanted; before it waits. */
  final void deadline(Deadlines.Deadline newDeadline) {
    deadline = newDeadline;
  }

  /** Whether it is still worth computing: neither has it ended, nor is it about to. */
  final boolean isWanted() {
    return !answer.isDone() && (deadline == null || !deadline.isOver());
  }

  /** How many nanoseconds ago it was made. */
  final long waited() {
    return System.nanoTime() - asked;
  }

  /** Decides that it ends with an error, unless it has ended. */
  final void fail(Throwable error) {
    toBeDelivered |= answer.decide(null, error);
  }

  /** Decides that it ends with an answer, unless it has ended. */
  final void succeed(A value) {
    toBeDelivered |= answer.decide(value, null);
  }

  final boolean isToBeDelivered() {
    return toBeDelivered;
  }

  final void handedOver() {
    toBeDelivered = false;
  }

  abstract boolean isOfFloats();

  /** Its rows, without a copy. */
  abstract Rows alone(int classes);

  /** Answers it with all that was computed for {@link #alone}. */
  abstract void succeed(Rows alone);

  abstract void copyTo(double[] all, int at);

  abstract void copyTo(float[] all, int at);

  /** Answers it with its part of the probabilities of many requests. */
  abstract void succeed(double[] all, int from, int to);

  /** As {@link #succeed(double[], int, int)}; only for rows of {@code float}. */
  abstract void succeed(float[] all, int from, int to);

  private static final class Doubles<A> extends Request<A> {
    private final double[] x;
    private final Function<double[], A> answer;

    Doubles(double[] x, int rows, Function<double[], A> answer) {
      super(rows);
      this.x = x;
      this.answer = answer;
    }

    @Override
    boolean isOfFloats() {
      return false;
    }

    @Override
    Rows alone(int classes) {
      return new Rows.Doubles(rows(), x, classes);
    }

    @Override
    void succeed(Rows alone) {
      succeed(answer.apply(((Rows.Doubles) alone).probabilities()));
    }

    @Override
    void copyTo(double[] all, int at) {
      System.arraycopy(x, 0, all, at, x.length);
    }

    @Override
    void copyTo(float[] all, int at) {
      throw new AssertionError("numbers of double were to be put among those of float");
    }

    @Override
    void succeed(double[] all, int from, int to) {
      double[] mine = new double[to - from];
      System.arraycopy(all, from, mine, 0, mine.length);
      succeed(answer.apply(mine));
    }

    @Override
    void succeed(float[] all, int from, int to) {
      throw new AssertionError("numbers of double were to be taken from those of float");
    }
  }

  private static final class Floats<A> extends Request<A> {
    private final float[] x;
    private final Function<float[], A> answer;

    Floats(float[] x, int rows, Function<float[], A> answer) {
      super(rows);
      this.x = x;
      this.answer = answer;
    }

    @Override
    boolean isOfFloats() {
      return true;
    }

    @Override
    Rows alone(int classes) {
      return new Rows.Floats(rows(), x, classes);
    }

    @Override
    void succeed(Rows alone) {
      succeed(answer.apply(((Rows.Floats) alone).probabilities()));
    }

    @Override
    void copyTo(double[] all, int at) {
      for (int i = 0; i < x.length; i++) {
        all[at + i] = x[i];
      }
    }

    @Override
    void copyTo(float[] all, int at) {
      System.arraycopy(x, 0, all, at, x.length);
    }

    @Override
    void succeed(double[] all, int from, int to) {
      float[] mine = new float[to - from];
      for (int i = 0; i < mine.length; i++) {
        mine[i] = (float) all[from + i];
      }
      succeed(answer.apply(mine));
    }

    @Override
    void succeed(float[] all, int from, int to) {
      float[] mine = new float[to - from];
      System.arraycopy(all, from, mine, 0, mine.length);
      succeed(answer.apply(mine));
    }
  }
}
