package io.rowwise.backend.cuda.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * What rows of logits are to become, in device memory; see {@link io.rowwise.kernel.Targets}.
 *
 * @param values m x c probabilities, or m x 1 numbers of classes
 * @param areClasses which of these
 * @param ignored the number whose rows do not count, which their shares say, too; NaN if there is
 *     none
 * @param shares the address of one number a row, of what the values' type is computed in: how much
 *     it counts where the mean is 1; 0 if each row counts once
 */
public record DeviceTargets(DeviceMatrix values, boolean areClasses, double ignored, long shares) {
  private static final long EACH_ONCE = 0;

  /** Rows of probabilities, each of which counts once. */
  public static DeviceTargets ofProbabilities(DeviceMatrix values) {
    return new DeviceTargets(values, false, Double.NaN, EACH_ONCE);
  }

  /**
   * Numbers of classes, whose rows count once until {@link #counting} says otherwise.
   *
   * @param ignored the number whose rows have no class; NaN if there is none
   */
  public static DeviceTargets ofClasses(DeviceMatrix values, double ignored) {
    return new DeviceTargets(values, true, ignored, EACH_ONCE);
  }

  /** Those of the rows from one to before another. */
  public DeviceTargets rows(int from, int to) {
    long firstShare =
        shares == EACH_ONCE ? EACH_ONCE : shares + (long) from * values.type().computedIn().bytes();
    return new DeviceTargets(values.rows(from, to), areClasses, ignored, firstShare);
  }

  /** The same rows, which count so much. */
  public DeviceTargets counting(long rowShares) {
    return new DeviceTargets(values, areClasses, ignored, rowShares);
  }

  /** Those matrices, and the targets' own if it has an element for each of the logits. */
  List<DeviceMatrix> besides(List<DeviceMatrix> matrices) {
    if (areClasses) {
      return matrices;
    }
    List<DeviceMatrix> all = new ArrayList<>(matrices);
    all.add(values);
    return all;
  }

  /** The operation on rows that takes such targets. */
  Operation choose(Operation ofProbabilities, Operation ofClasses) {
    return areClasses ? ofClasses : ofProbabilities;
  }

  /** Adds what kernels of either kind take. */
  KernelArguments addTo(KernelArguments arguments) {
    arguments.matrix(values);
    if (areClasses) {
      arguments.number(values.type(), ignored);
    }
    return arguments.pointer(shares);
  }
}
