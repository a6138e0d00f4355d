package io.rowwise.cli;

import io.rowwise.trainer.Preparation;
import io.rowwise.trainer.Progress;
import io.rowwise.trainer.ProgressListener;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Shows on a terminal how far a training is. */
final class TrainingProgress implements ProgressListener {
  private final ProgressLine line;
  private final ToDoubleFunction<Progress> fraction;
  private Preparation shown;

  /**
   * @param fraction how much of a solver's work is done where it is, from 0 to 1
   */
  TrainingProgress(ProgressLine line, ToDoubleFunction<Progress> fraction) {
    this.line = line;
    this.fraction = fraction;
  }

  @Override
  public void onPreparation(Preparation step, double done) {
    if (step != shown) {
      shown = step;
      line.begin();
    }
    line.show(String.format(Locale.ROOT, "%s, %.0f %%", step, 100 * done), done);
  }

  @Override
  public void onProgress(Progress at) {
    if (at.iteration() == 0) {
      line.begin();
    }
    line.show(
        String.format(
            Locale.ROOT,
            "iteration %d, objective %.6g, gradient %.2g",
            at.iteration(),
            at.objective(),
            at.gradientNorm()),
        fraction.applyAsDouble(at));
  }
}
