package io.rowwise.trainer;

/**
 * When a solver looks at the {@link FeatureMoments}, and at which rows: blocks of consecutive ones,
 * evenly spread, for more rows tell little more about the products of features.
 */
public final class MetricSchedule {
  private static final int ROWS_OF_A_FEATURE = 16;
  private static final int FEWEST_ROWS = 4096;
  private static final int BLOCKS = 16;

  /** Looking again is to take less time than so many evaluations that came before. */
  private static final int SHARE_OF_EVALUATIONS = 3;

  private static final int FEWEST_EVALUATIONS = 8;

  private final int samples;
  private final int features;
  private final int classes;
  private final int blocks;
  private final int blockRows;
  private int looks;

  /** For so many rows, each of so many features. */
  public MetricSchedule(int samples, int features, int classes) {
    this.samples = samples;
    this.features = features;
    this.classes = classes;
    int wanted =
        Math.max(FEWEST_ROWS, ROWS_OF_A_FEATURE * Math.min(features, FeatureMoments.MOST_FEATURES));
    this.blocks = samples <= 2 * (long) wanted ? 1 : BLOCKS;
    this.blockRows = blocks == 1 ? samples : wanted / BLOCKS;
  }

  /** How many blocks of rows are looked at. */
  public int blocks() {
    return blocks;
  }

  /** How many rows each has. */
  public int blockRows() {
    return blockRows;
  }

  /** The first row of a block. */
  public int firstRow(int block) {
    return (int) ((long) block * samples / blocks);
  }

  /**
   * Whether it is time to look again, by counting multiplications; counts the look if it is.
   *
   * @param evaluations of the objective since the last look
   */
  public boolean isDue(int evaluations) {
    boolean isDue = looks == 0 || evaluations >= wantedEvaluations();
    if (isDue) {
      looks++;
    }
    return isDue;
  }

  private double wantedEvaluations() {
    double n = features + 1.0;
    double products = FeatureMoments.isDiagonal(features) ? n : n * n;
    double look = (double) blocks * blockRows * (products + n * classes) + products * n;
    double evaluation = 2.0 * samples * n * classes;
    // Later looks tell less that is new.
    return Math.max(FEWEST_EVALUATIONS, SHARE_OF_EVALUATIONS * look / evaluation)
        * Math.scalb(1.0, looks - 1);
  }
}
