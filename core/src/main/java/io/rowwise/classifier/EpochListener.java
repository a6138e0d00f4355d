package io.rowwise.classifier;

/** Is told of every epoch while a classifier is trained. */
@FunctionalInterface
public interface EpochListener {
  /**
   * Called after each epoch by the thread that trains. An exception ends the training and reaches
   * its caller; the classifier keeps the parameters that it has by then.
   */
  void onEpoch(EpochResult result);
}
