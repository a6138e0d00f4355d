package io.rowwise.classifier;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import java.util.function.Supplier;

/**
 * The same classifier with its gradient taken the long way, through the full Jacobian: it shows
 * that the short formula of {@link SoftmaxClassifier} is right, and how much it saves.
 *
 * <p>With m rows and c classes, written as one vector row by row, the derivative of the softmax is
 * an (m c) x (m c) matrix {@code J[(i,j),(i,k)] = p[i][j] * (delta[j][k] - p[i][k])}, zero between
 * different rows. The derivative of the weighted sum with respect to the n x c weights is the
 * Kronecker product of x and the c x c identity, (m c) x (n c), and that with respect to the bias m
 * stacked identities, (m c) x c. Each step makes all three and multiplies them, from the left, with
 * the derivative of the loss, {@code h[(i,j)] = -y[i][j] / p[i][j] / m}.
 *
 * <p>Where {@code p[i][j]} underflows, {@code h} would be infinite and the Jacobian's row zero.
 * Both hold the factor {@code p[i][j]}, once below and once above; there it is replaced by 1 in
 * both, which leaves the product as it is and finite.
 *
 * <p>A batch needs about {@code 3 (m c)^2 + 2 m n c^2} elements of device memory. Asking for more
 * than the device has is an {@link IllegalArgumentException} before anything is allocated.
 */
public final class JacobianSoftmaxClassifier extends SoftmaxClassifier {
  /**
   * As {@link SoftmaxClassifier#SoftmaxClassifier(Backend, ElementType, int, int, long)}, with the
   * same parameters for the same seed.
   */
  public JacobianSoftmaxClassifier(
      Backend backend, ElementType type, int features, int classes, long seed) {
    this(backend, type, features, classes, () -> Parameters.drawn(features, classes, seed));
  }

  private JacobianSoftmaxClassifier(
      Backend backend, ElementType type, int features, int classes, Supplier<Parameters> starting) {
    super(backend, type, features, classes, starting, JacobianTrainingStep::new);
  }

  /** A new classifier on that backend, with its sizes by name. */
  public static SoftmaxClassifierBuilder<JacobianSoftmaxClassifier> on(Backend backend) {
    return new SoftmaxClassifierBuilder<>(
        (type, features, classes, starting) ->
            new JacobianSoftmaxClassifier(backend, type, features, classes, starting));
  }
}
