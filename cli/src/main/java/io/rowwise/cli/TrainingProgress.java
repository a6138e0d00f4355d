package io.rowwise.cli;

import io.rowwise.trainer.Preparation;
import io.rowwise.trainer.Progress;
import io.rowwise.trainer.ProgressListener;
import java.util.Locale;

/** Shows on a terminal how far a training is. */
record TrainingProgress(ProgressLine line) implements ProgressListener {
  @Override
  public void onPreparation(Preparation step, double fraction) {
    line.show(String.format(Locale.ROOT, "%s, %.0f %%", step, 100 * fraction), Double.NaN);
  }

  @Override
  public void onProgress(Progress at) {
    line.show(
        String.format(
            Locale.ROOT,
            "iteration %d, objective %.6g, gradient %.2g",
            at.iteration(),
            at.objective(),
            at.gradientNorm()),
        Double.NaN);
  }
}
