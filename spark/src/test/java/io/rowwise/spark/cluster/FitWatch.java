package io.rowwise.spark.cluster;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.TaskKilled;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.TaskInfo;

/** Counts what happens to a fit's jobs and tasks, and lets a test wait for the middle of it. */
class FitWatch extends SparkListener {
  private static final int MIDDLE = 5;
  private static final int LIMIT_SECONDS = 60;

  private final CountDownLatch middle = new CountDownLatch(MIDDLE);
  private final AtomicInteger gradients = new AtomicInteger();
  private final AtomicInteger failedTasks = new AtomicInteger();
  private final AtomicInteger killedTasks = new AtomicInteger();
  private final AtomicInteger lostExecutors = new AtomicInteger();

  /** Waits until some gradients have been asked for. */
  void awaitMiddle() {
    try {
      if (!middle.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "a fit asked for " + gradients + " gradients in " + LIMIT_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  int gradients() {
    return gradients.get();
  }

  int failedTasks() {
    return failedTasks.get();
  }

  int killedTasks() {
    return killedTasks.get();
  }

  int lostExecutors() {
    return lostExecutors.get();
  }

  /** A task has started, after the middle of the fit. */
  void onLateTask(TaskInfo task) {}

  @Override
  public void onJobStart(SparkListenerJobStart job) {
    String description = job.properties().getProperty("spark.job.description", "");
    if (description.contains(": gradient")) {
      gradients.incrementAndGet();
      middle.countDown();
    }
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart start) {
    if (middle.getCount() == 0) {
      onLateTask(start.taskInfo());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.reason() instanceof ExceptionFailure) {
      failedTasks.incrementAndGet();
    } else if (end.reason() instanceof TaskKilled) {
      killedTasks.incrementAndGet();
    }
  }

  @Override
  public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
    lostExecutors.incrementAndGet();
  }
}
