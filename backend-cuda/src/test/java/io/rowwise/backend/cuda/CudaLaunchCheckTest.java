package io.rowwise.backend.cuda;

import static io.rowwise.backend.cuda.OtherStream.elsewhere;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.cuda.driver.LaunchSize;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a kernel from outside gets, after which checks and in which order with other work. */
final class CudaLaunchCheckTest {
  private static final String ECHO = "echo(.u64 .ptr, .s32, .s64, .f32, .f64, .u64 .ptr)";

  private final OutsideKernels outside = new OutsideKernels();
  private final Backend cuda = outside.backend();
  private final CudaModule module = CudaModule.ofPtx(cuda, OutsideKernels.PTX);
  private final Matrix x = cuda.matrix(1, 6, 1, 2, 3, 4, 5, 6);

  @AfterEach
  void nothingIsLeft() {
    cuda.close();
    assertTrue(outside.gpu.holdsNothing());
  }

  private CudaLaunch one(String name) {
    return module.function(name).blocks(1).threads(1);
  }

  @Test
  void eachArgumentArrivesAsItWasGiven() {
    one("echo")
        .writes(x.columns(1, 6))
        .int32(Integer.MIN_VALUE)
        .int64(1L << 40)
        .float32(0.1f)
        .float64(0.1)
        .noMatrix()
        .launch();
    assertArrayEquals(new double[] {1, Integer.MIN_VALUE, 1L << 40, 0.1f, 0.1, 1}, x.toDoubles());

    one("echo")
        .writes(x)
        .int32(7)
        .int64(-8)
        .number(ElementType.FLOAT32, 0.3)
        .number(ElementType.FLOAT64, 0.3)
        .reads(x)
        .launch();
    assertArrayEquals(new double[] {7, -8, 0.3f, 0.3, 0, 1}, x.toDoubles());
  }

  @Test
  void aLaunchCanBeRepeated() {
    CudaLaunch add = module.function("add").blocks(1).threads(3).reads(x).writes(x);
    add.launch();
    add.launch();
    assertArrayEquals(new double[] {4, 8, 12, 4, 5, 6}, x.toDoubles());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 1, 1, 1, 0",
    "2, 3, 4, 2, 3, 4, 16",
    "1, 1, 1, 1024, 1, 1, 135168",
    "1, 1, 1, 1, 16, 64, 0"
  })
  void theGridIsTheOneAskedFor(int bx, int by, int bz, int tx, int ty, int tz, int shared) {
    module.function("nothing").blocks(bx, by, bz).threads(tx, ty, tz).sharedBytes(shared).launch();

    assertEquals(List.of(new LaunchSize(bx, by, bz, tx, ty, tz, shared)), outside.sizes);
  }

  @Test
  void fewerDimensionsAreOneAlongTheOthers() {
    module.function("nothing").blocks(3).threads(4).launch();
    module.function("nothing").blocks(3, 2).threads(4, 5).launch();

    assertEquals(
        List.of(new LaunchSize(3, 1, 1, 4, 1, 1, 0), new LaunchSize(3, 2, 1, 4, 5, 1, 0)),
        outside.sizes);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 1, 1, 1, 1, 1, 0, 'a grid of -1 x 1 x 1 blocks; wanted at least 1 each way'",
    "0, -1, 1, 1, 1, 1, 0, 'a grid of 1 x -1 x 1 blocks; wanted at least 1 each way'",
    "1, 65536, 1, 1, 1, 1, 0, 'a grid of 1 x 65536 x 1 blocks; '",
    "1, 1, 65536, 1, 1, 1, 0, 'a grid of 1 x 1 x 65536 blocks; '",
    "1, 1, 1, 0, 1, 1, 0, 'a block of 0 x 1 x 1 threads; wanted 1 to 1024 in all'",
    "1, 1, 1, -1, 1, 1, 0, 'a block of -1 x 1 x 1 threads; '",
    "1, 1, 1, 1025, 1, 1, 0, 'a block of 1025 x 1 x 1 threads; '",
    "1, 1, 1, 32, 33, 1, 0, 'a block of 32 x 33 x 1 threads; '",
    "1, 1, 1, 65536, 65536, 1, 0, 'a block of 65536 x 65536 x 1 threads; '",
    "1, 1, 1, 1, 1, 65, 0, 'a block of 1 x 1 x 65 threads; '",
    "1, 1, 1, 1, 1, 1, -1, '-1 bytes of shared memory; wanted 0 or more'",
    "1, 1, 1, 1, 1, 1, 135169, '135169 bytes of shared memory; a block has at most 135168 on"
        + " cuda:0'"
  })
  void aGridThatCudaOrTheDeviceDoesNotTakeIsRefused(
      int bx, int by, int bz, int tx, int ty, int tz, int shared, String reason) {
    CudaLaunch launch =
        module.function("nothing").blocks(bx, by, bz).threads(tx, ty, tz).sharedBytes(shared);

    String message = assertThrows(IllegalArgumentException.class, launch::launch).getMessage();
    assertTrue(message.startsWith("nothing: " + reason), message);
    assertEquals(List.of(), outside.sizes);
  }

  @Test
  void aBlockThatTheKernelWasNotCompiledForIsRefused() {
    assertEquals(
        "add: a block of 8 x 8 x 1 threads; the kernel was compiled for at most 32 x 1 x 1",
        assertThrows(
                IllegalArgumentException.class,
                () -> module.function("add").blocks(1).threads(8, 8).reads(x).writes(x).launch())
            .getMessage());
  }

  @Test
  void threadsAreNotGuessed() {
    assertEquals(
        "nothing: how many threads a block has is not given; call threads(...) first",
        assertThrows(
                IllegalArgumentException.class, () -> module.function("nothing").blocks(1).launch())
            .getMessage());
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "1, 0, 1", "1, 1, 0", "0, 0, 0"})
  void noBlocksAreNoLaunch(int bx, int by, int bz) {
    module.function("add").blocks(bx, by, bz).threads(32).reads(x).writes(x).launch();

    assertEquals(0, outside.count("launch"));
  }

  @Test
  void argumentsAreCheckedAlsoForNoBlocks() {
    Matrix closed = cuda.matrix(1, 3, 1, 2, 3);
    closed.close();
    assertThrows(
        IllegalArgumentException.class,
        () -> module.function("add").blocks(0).threads(32).reads(x).launch());
    assertThrows(
        IllegalStateException.class,
        () -> module.function("add").blocks(0).threads(32).reads(x).writes(closed).launch());
    assertThrows(
        IllegalArgumentException.class,
        () -> module.function("nothing").blocks(0).threads(2000).launch());
  }

  private static Arguments bad(String function, Consumer<CudaLaunch> arguments, String message) {
    return arguments(function, arguments, message);
  }

  static Stream<Arguments> argumentsThatTheKernelDoesNotTakeAreRefused() {
    return Stream.of(
        bad(
            "echo",
            launch -> launch.int32(1),
            "echo: argument 1 is int32(1); the kernel takes a matrix there, as " + ECHO),
        // What is said to be an address is no number.
        bad(
            "echo",
            launch -> launch.int64(1),
            "echo: argument 1 is int64(1); the kernel takes a matrix there, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int64(2),
            "echo: argument 2 is int64(2); the kernel takes an int32 there, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().float32(2),
            "echo: argument 2 is float32(2.0); the kernel takes an int32 there, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int32(2).int32(3),
            "echo: argument 3 is int32(3); the kernel takes a matrix or an int64 there, as "
                + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int32(2).int64(3).float64(4),
            "echo: argument 4 is float64(4.0); the kernel takes a float32 there, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int32(2).int64(3).number(ElementType.FLOAT64, 4),
            "echo: argument 4 is float64(4.0); the kernel takes a float32 there, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int32(2).int64(3).float32(4).noMatrix(),
            "echo: argument 5 is noMatrix(); the kernel takes a float64 there, as " + ECHO),
        bad(
            "structure",
            launch -> launch.int64(1),
            "structure: argument 1 is int64(1); the kernel takes what cannot be passed from here"
                + " (numbers of 32 and 64 bits and matrices can) there, as structure(.b8 [])"),
        bad(
            "nothing",
            launch -> launch.int32(1),
            "nothing: argument 1 is int32(1); the kernel takes 0 arguments, as nothing()"),
        bad("echo", CudaLaunch::launch, "echo: 0 arguments; the kernel takes 6, as " + ECHO),
        bad(
            "echo",
            launch -> launch.noMatrix().int32(1).launch(),
            "echo: 2 arguments; the kernel takes 6, as " + ECHO));
  }

  @ParameterizedTest
  @MethodSource
  void argumentsThatTheKernelDoesNotTakeAreRefused(
      String function, Consumer<CudaLaunch> arguments, String message) {
    CudaLaunch launch = one(function);

    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> arguments.accept(launch)).getMessage());
    assertEquals(0, outside.count("launch"));
  }

  @Test
  void aMatrixWhereANumberIsWantedIsShown() {
    assertEquals(
        "echo: argument 2 is reads(float64 1x6); the kernel takes an int32 there, as " + ECHO,
        assertThrows(IllegalArgumentException.class, () -> one("echo").writes(x).reads(x))
            .getMessage());
    assertEquals(
        "echo: argument 1 is null; noMatrix() passes a null pointer",
        assertThrows(NullPointerException.class, () -> one("echo").reads(null)).getMessage());
  }

  @Test
  void aMatrixIsOpenAndOfThisBackendWhenItIsLaunched() {
    try (OutsideKernels other = new OutsideKernels()) {
      Matrix foreign = other.backend().matrix(1, 3, 1, 2, 3);
      CudaLaunch withForeign = one("add").reads(x).writes(foreign);
      assertEquals(
          "add: argument 2 belongs to another backend (cuda:0), this one is cuda:0; copy it over"
              + " with read and write",
          assertThrows(IllegalArgumentException.class, withForeign::launch).getMessage());
      foreign.close();
    }
    Matrix closed = cuda.matrix(1, 3, 1, 2, 3);
    CudaLaunch withClosed = one("add").reads(closed).writes(x);
    closed.close();
    assertEquals(
        "add: argument 1 (float64 1x3) is closed; use it before it, or the owner of its memory, is"
            + " closed",
        assertThrows(IllegalStateException.class, withClosed::launch).getMessage());
    assertEquals(0, outside.count("launch"));
  }

  // The order of work. The device does it as late as it may.

  private void add(Matrix summand, Matrix sum) {
    module.function("add").blocks(1).threads(32).reads(summand).writes(sum).launch();
  }

  @Test
  void aKernelReadsWhatAnotherThreadWrote() throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 3, 1, 2, 3);
        Matrix sum = cuda.matrix(1, 3, 10, 20, 30)) {
      elsewhere(() -> cuda.multiply(a, 2, a));
      add(a, sum);
      assertArrayEquals(new double[] {12, 24, 36}, sum.toDoubles());
    }
  }

  @Test
  void anotherThreadReadsWhatAKernelWrote() throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 3, 1, 2, 3);
        Matrix sum = cuda.matrix(1, 3, 10, 20, 30)) {
      add(a, sum);
      elsewhere(() -> assertArrayEquals(new double[] {11, 22, 33}, sum.toDoubles()));
    }
  }

  @Test
  void whatAKernelIsToReadIsNotOverwrittenBefore() throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 3, 1, 2, 3);
        Matrix sum = cuda.matrix(1, 3, 10, 20, 30)) {
      add(a, sum);
      elsewhere(
          () -> {
            cuda.fill(7, a);
            assertArrayEquals(new double[] {7, 7, 7}, a.toDoubles());
          });
      assertArrayEquals(new double[] {11, 22, 33}, sum.toDoubles());
    }
  }

  @Test
  void aKernelDoesNotOverwriteWhatAnotherThreadIsToRead()
      throws InterruptedException, ExecutionException {
    try (Matrix a = cuda.matrix(1, 3, 1, 2, 3);
        Matrix shared = cuda.matrix(1, 3, 10, 20, 30);
        Matrix copied = cuda.matrix(1, 3, 0, 0, 0)) {
      elsewhere(() -> cuda.copy(shared, copied));
      add(a, shared);
      assertArrayEquals(new double[] {11, 22, 33}, shared.toDoubles());
      assertArrayEquals(new double[] {10, 20, 30}, copied.toDoubles());
    }
  }
}
