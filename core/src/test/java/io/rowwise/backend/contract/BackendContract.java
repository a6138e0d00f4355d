package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/**
 * Everything that a backend must do. To test one, extend this class and implement {@link
 * #openBackend}; to test a part of it, implement that part's interface.
 *
 * <p>Most tests share one backend, and each must leave no matrix open in it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendContract
    implements MatrixContract,
        BufferContract,
        ElementWiseContract,
        ReductionContract,
        MatmulContract,
        SoftmaxContract,
        MaskedSoftmaxContract,
        LogSumExpContract,
        RmsNormContract,
        TopKContract,
        CrossEntropyContract,
        HalfContract,
        ClassifierContract,
        TargetsContract,
        TrainerContract,
        SparseContract,
        SpecialRowsContract,
        NotebookContract,
        ArgumentContract,
        LifetimeContract,
        ThreadsContract {
  private Backend backend;

  @BeforeAll
  final void openSharedBackend() {
    backend = openBackend();
  }

  @AfterEach
  final void nothingIsLeftOpen() {
    int left = backend.openMatrices();
    if (left > 0) {
      // So that one failure does not make all the others.
      backend.close();
      backend = openBackend();
    }
    assertEquals(0, left, "matrices left open by the test");
  }

  @AfterAll
  final void closeSharedBackend() {
    if (backend != null) {
      backend.close();
    }
  }

  @Override
  public final Backend backend() {
    return backend;
  }
}
