package io.rowwise.classifier;

/** Is told of every epoch while a classifier is trained. */
@FunctionalInterface
public interface EpochListener {
  /**
   * Called after each epoch by the thread that trains. An exception ends the training and reaches
   * its caller; the classifier keeps the parameters that it has by then.
   *
   * <p>In this thread the listener may use the classifier that is trained, to predict or evaluate
   * or to look at its parameters; it cannot close it. Other threads cannot use it before the
   * training has ended. Both are refused with an {@link IllegalStateException}.
   */
  void onEpoch(EpochResult result);
}
