package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.dataset.Csv;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.random.NumpyRandom;
import io.rowwise.trainer.Lbfgs;
import io.rowwise.trainer.Sgd;
import io.rowwise.trainer.SoftmaxTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of a file that are more than a device's memory are brought onto it in turn. */
public final class CudaStreamTrainingTest {
  private static final int ROWS = 3000;
  private static final int FEATURES = 16;

  @TempDir Path folder;

  private static Backend open(int memory) {
    return new CudaBackend(
        new Device("cuda:0", "interpreter", memory, Map.of()), new InterpretedGpu());
  }

  private Path file() throws IOException {
    NumpyRandom random = new NumpyRandom(4);
    StringBuilder text = new StringBuilder("class");
    for (int k = 0; k < FEATURES; k++) {
      text.append(",x").append(k);
    }
    for (int i = 0; i < ROWS; i++) {
      text.append('\n').append(i % 3);
      for (int k = 0; k < FEATURES; k++) {
        text.append(',').append(random.standardNormal() + (k % 3 == i % 3 ? 1 : 0));
      }
    }
    return Files.writeString(folder.resolve("rows.csv"), text);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  void theModelIsThatOfADeviceWithRoomForAll(ElementType type) throws IOException {
    Path file = file();
    // Less than the rows take.
    int memory = ROWS * FEATURES * type.bytes() * 4 / 5;
    SoftmaxTrainer trainer = SoftmaxTrainer.defaults().type(type).penalty(0.1);
    SoftmaxTrainer sgd = trainer.solver(Sgd.defaults().epochs(1).batchRows(40));
    SoftmaxTrainer lbfgs = trainer.solver(Lbfgs.of(type).maxIterations(3));
    // SGD of batches to the bit; of L-BFGS, each iteration with the rounding of its type.
    assertArrayEquals(inMemory(file, sgd).weights(), onDisk(file, sgd, memory).weights());
    double tolerance = type == ElementType.FLOAT64 ? 1e-10 : 1e-4;
    assertArrayEquals(
        inMemory(file, lbfgs).weights(), onDisk(file, lbfgs, memory).weights(), tolerance);
    try (Backend backend = open(memory)) {
      assertThrows(
          OutOfDeviceMemoryException.class, () -> sgd.fit(backend, Csv.read(file).label("class")));
    }
  }

  private static SoftmaxModel inMemory(Path file, SoftmaxTrainer trainer) throws IOException {
    try (Backend backend = open(1 << 24)) {
      return trainer.fit(backend, Csv.read(file).label("class")).model();
    }
  }

  private SoftmaxModel onDisk(Path file, SoftmaxTrainer trainer, int memory) throws IOException {
    try (Backend backend = open(memory)) {
      SoftmaxModel model = trainer.fit(backend, Csv.stream(file).label("class"), folder).model();
      assertEquals(0, backend.openMatrices());
      return model;
    }
  }
}
