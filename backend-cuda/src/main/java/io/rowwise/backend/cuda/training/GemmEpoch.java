package io.rowwise.backend.cuda.training;

import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.backend.cuda.context.CudaContext;
import io.rowwise.backend.cuda.context.CudaRecording;
import io.rowwise.backend.cuda.context.CudaStream;
import io.rowwise.backend.cuda.context.DevicePiece;
import io.rowwise.backend.cuda.driver.DriverException;
import io.rowwise.backend.cuda.kernel.DeviceLimits;
import io.rowwise.backend.cuda.kernel.DeviceMatrix;
import io.rowwise.backend.cuda.kernel.DeviceTargets;
import io.rowwise.backend.cuda.kernel.EpochLossPlan;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An epoch as a {@link GemmStep} for each batch. Its first run also loads kernels; a second one
 * with the same matrices is recorded, and later ones are one call each, whatever the learning rate.
 * Used by one thread at a time.
 */
final class GemmEpoch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GemmEpoch.class);

  /** A longer recording would take more memory and time than it saves: launches overlap work. */
  private static final int MOST_RECORDED_BATCHES = 10_000;

  /**
   * What is asked for; see {@link io.rowwise.kernel.TrainingEpoch#apply}.
   *
   * @param batchRows at most as many as there are
   */
  record Request(
      DeviceMatrix x,
      DeviceTargets targets,
      int batchRows,
      DeviceMatrix weights,
      DeviceMatrix bias,
      DeviceMatrix loss) {
    int batches() {
      return (int) (((long) x.rows() + batchRows - 1) / batchRows);
    }
  }

  private final CudaContext context;
  private final GemmStep step;
  private final EpochLossPlan lossPlan;
  private DevicePiece losses;
  private Request last;
  private CudaRecording recording;
  private boolean recordable = true;

  GemmEpoch(CudaContext context, DeviceLimits limits) {
    this.context = context;
    this.step = new GemmStep(context, limits);
    this.lossPlan = new EpochLossPlan(limits);
  }

  void apply(CudaStream stream, Request request, double learningRate) {
    boolean kept = prepare(stream, request, learningRate);
    if (!kept || !request.equals(last)) {
      forget();
      last = request;
      run(stream, request);
      return;
    }
    if (recording == null && recordable && request.batches() <= MOST_RECORDED_BATCHES) {
      record(request);
    }
    if (recording == null) {
      run(stream, request);
    } else {
      recording.replay(stream);
    }
  }

  /** Whether the scratch memory is what it was. */
  private boolean prepare(CudaStream stream, Request request, double learningRate) {
    int classes = request.weights().columns();
    boolean kept =
        step.prepare(stream, request.x().type(), request.batchRows(), classes, learningRate);
    long bytes =
        lossPlan.scratchElements(request.x().rows(), request.batchRows())
            * request.x().type().bytes();
    if (losses == null || losses.bytes() < bytes) {
      kept = false;
      freeLosses();
      losses = context.memory().allocate(bytes);
    }
    losses.writeOn(stream);
    return kept;
  }

  private void record(Request request) {
    try {
      recording = context.recorder().record(stream -> run(stream, request));
    } catch (DriverException | OutOfDeviceMemoryException e) {
      recordable = false;
      LOG.warn("cuda: epochs are not recorded, which makes them slower: {}", e.getMessage());
    }
  }

  private void run(CudaStream stream, Request request) {
    DeviceMatrix x = request.x();
    int batchRows = request.batchRows();
    for (int batch = 0; batch < request.batches(); batch++) {
      int from = batch * batchRows;
      int to = (int) Math.min(x.rows(), (long) from + batchRows);
      step.apply(
          stream,
          x.rows(from, to),
          request.targets().rows(from, to),
          request.weights(),
          request.bias(),
          losses.address() + (long) from * x.type().bytes());
    }
    stream.run(lossPlan.apply(losses.address(), x.rows(), batchRows, request.loss()));
  }

  private void forget() {
    last = null;
    if (recording != null) {
      CudaRecording old = recording;
      recording = null;
      old.close();
    }
  }

  private void freeLosses() {
    if (losses != null) {
      context.memory().free(losses);
      losses = null;
    }
  }

  @Override
  public void close() {
    try {
      forget();
    } finally {
      freeLosses();
      step.close();
    }
  }
}
