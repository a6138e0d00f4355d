package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.EpochResult;
import io.rowwise.classifier.JacobianSoftmaxClassifier;
import io.rowwise.classifier.SoftmaxClassifier;
import io.rowwise.classifier.TrainingOptions;
import io.rowwise.dataset.LabelledData;
import io.rowwise.dataset.OneHot;
import io.rowwise.reference.Reference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The notebook's whole fit, as Python's PyTorch did it. */
public interface NotebookContract extends BackendUnderTest {
  /** The two classifiers. */
  enum Way {
    SHORT,
    JACOBIAN;

    SoftmaxClassifier classifier(BackendUnderTest subject, ElementType type) {
      return switch (this) {
        case SHORT -> new SoftmaxClassifier(subject.backend(), type, 5, 3, 0);
        case JACOBIAN -> new JacobianSoftmaxClassifier(subject.backend(), type, 5, 3, 0);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  default void theNotebooksFitIsThatOfPyTorch(Way way) {
    // Two programs sum in different orders: a few units in the last place a step, over 64 steps.
    checkFit(way, ElementType.FLOAT64, 1e-12);
  }

  @ParameterizedTest
  @EnumSource(Way.class)
  default void theNotebooksFitInFloat32IsThatOfPyTorchToItsPrecision(Way way) {
    // 64 steps, each rounding numbers below 1 to within 6e-8.
    checkFit(way, ElementType.FLOAT32, 64 * 6e-8);
  }

  private void checkFit(Way way, ElementType type, double tolerance) {
    LabelledData.Split data =
        new LabelledData(
                Reference.npy("notebook_42_X.npy").doubles(),
                5,
                Reference.npy("notebook_42_y.npy").ints(),
                3)
            .split(100);
    try (Matrix x = x(data.train(), type);
        Matrix targets = targets(data.train(), type);
        Matrix validX = x(data.validation(), type);
        Matrix validTargets = targets(data.validation(), type);
        SoftmaxClassifier classifier = way.classifier(this, type)) {
      classifier.copyParameters(
          Reference.npy("notebook_42_w0.npy").doubles(),
          Reference.npy("notebook_42_b0.npy").doubles());
      List<EpochResult> told = new ArrayList<>();
      List<EpochResult> history =
          classifier.fit(
              x, targets, validX, validTargets, new TrainingOptions(16, 0.01, 33), told::add);
      assertEquals(history, told);
      double[] expected = Reference.npy("notebook_42_history.npy").doubles();
      for (int i = 0; i < 16; i++) {
        EpochResult epoch = history.get(i);
        assertEquals(i, epoch.epoch());
        assertEquals(expected[3 * i], epoch.crossEntropy(), tolerance);
        assertEquals(expected[3 * i + 1], epoch.validationCrossEntropy(), tolerance);
        assertEquals(expected[3 * i + 2], epoch.validationAccuracy(), tolerance);
      }
      assertArrayEquals(
          Reference.npy("notebook_42_w.npy").doubles(),
          classifier.weights().toDoubles(),
          tolerance);
      assertArrayEquals(
          Reference.npy("notebook_42_b.npy").doubles(), classifier.bias().toDoubles(), tolerance);
    }
  }

  private Matrix x(LabelledData data, ElementType type) {
    return backend().matrix(type, data.rows(), data.features(), data.x());
  }

  private Matrix targets(LabelledData data, ElementType type) {
    double[] oneHot = OneHot.encode(data.labels(), data.classes());
    return backend().matrix(type, data.rows(), data.classes(), oneHot);
  }
}
