// Streams, events and recordings.
#include "stub.h"

typedef struct work {
  const char *name;
  CUresult (*run)(void *);
  void *arguments;
  size_t size;
  struct work *next;
} work;
typedef struct { work *first, **last; } queue;
enum { NONE, CAPTURING, INVALIDATED };
enum { GLOBAL, THREAD_LOCAL, RELAXED };
struct stream {
  int alive, device;
  queue pending;
  long asked, done;
  int capture, mode;
  pthread_t owner;
  queue recorded;
  stream *next;
};
// All that there were: events may still name those that were destroyed.
static stream *streams;

static void empty(queue *of) { of->first = NULL; of->last = &of->first; }
static void append(queue *to, const char *name, CUresult (*run)(void *), const void *arguments,
                   size_t size) {
  work *asked = malloc(sizeof *asked);
  *asked = (work){name, run, memcpy(malloc(size), arguments, size), size, NULL};
  *to->last = asked;
  to->last = &asked->next;
}
static void release(work *first) {
  while (first) {
    work *next = first->next;
    free(first->arguments);
    free(first);
    first = next;
  }
}

// Does a stream's work up to a point; says with what the device was lost, now or earlier.
static CUresult finish(stream *of, long point) {
  int current = stub_device;
  stub_device = of->device;
  while (of->done < point && !stub_lost) {
    work *now = of->pending.first;
    of->pending.first = now->next;
    if (!now->next) empty(&of->pending);
    of->done++;
    CUresult failure = stub_failing(now->name);
    if (!failure) failure = now->run(now->arguments);
    if (failure && !stub_lost) stub_lost = failure;
    now->next = NULL;
    release(now);
  }
  CUresult lost = stub_lost;
  stub_device = current;
  return lost;
}

CUresult stub_ask(stream *on, const char *name, CUresult (*run)(void *), const void *arguments,
                  size_t size) {
  if (!on || !on->alive || on->device != stub_device) return INVALID_HANDLE;
  if (on->capture == INVALIDATED) return CAPTURE_INVALIDATED;
  if (on->capture == CAPTURING) {
    append(&on->recorded, name, run, arguments, size);
  } else {
    append(&on->pending, name, run, arguments, size);
    on->asked++;
  }
  return OK;
}

int stub_breaks_captures(int waits_for_context) {
  int found = 0;
  for (stream *each = streams; each; each = each->next) {
    int mine = each->capture && pthread_equal(each->owner, pthread_self());
    int blocked = waits_for_context && each->device == stub_device;
    if (each->capture &&
        (blocked || each->mode == GLOBAL || (mine && each->mode == THREAD_LOCAL))) {
      each->capture = INVALIDATED;
      found = 1;
    }
  }
  return found;
}

void stub_forget_streams(void) {
  for (stream *each = streams; each; each = each->next) each->alive &= each->device != stub_device;
}

CUresult stub_finish_all(void) {
  for (stream *each = streams; each; each = each->next) {
    if (each->alive && each->device == stub_device) finish(each, each->asked);
  }
  return stub_lost;
}
CUresult cuCtxSynchronize(void) {
  IN_CONTEXT(cuCtxSynchronize);
  return stub_breaks_captures(1) ? CAPTURE_UNSUPPORTED : stub_finish_all();
}

CUresult cuStreamCreate(stream **of, unsigned flags) {
  IN_CONTEXT(cuStreamCreate);
  if (flags != 1) return INVALID_VALUE;  // it must not wait for the default stream
  HERE.streams++;
  *of = calloc(1, sizeof **of);
  (*of)->alive = 1;
  (*of)->device = stub_device;
  empty(&(*of)->pending);
  (*of)->next = streams;
  streams = *of;
  return OK;
}
CUresult cuStreamDestroy_v2(stream *of) {
  IN_CONTEXT(cuStreamDestroy_v2);
  if (!of->alive) return INVALID_HANDLE;
  HERE.streams--;
  finish(of, of->asked);
  of->alive = of->capture = 0;
  return OK;
}

// A capture ends when somebody wants to know what its stream has done.
static CUresult waited_for(stream *of) {
  if (!of || !of->alive) return INVALID_HANDLE;
  if (!of->capture) return OK;
  of->capture = INVALIDATED;
  return CAPTURE_UNSUPPORTED;
}
CUresult cuStreamSynchronize(stream *of) {
  IN_CONTEXT(cuStreamSynchronize);
  CUresult failure = waited_for(of);
  return failure ? failure : finish(of, of->asked);
}
CUresult cuStreamQuery(stream *of) {
  IN_CONTEXT(cuStreamQuery);
  CUresult failure = waited_for(of);
  return failure ? failure : of->done < of->asked ? NOT_READY : OK;
}
CUresult cuStreamIsCapturing(stream *of, int *status) {
  IN_CONTEXT(cuStreamIsCapturing);
  *status = of->capture;
  return OK;
}

typedef struct { stream *on; long point; int captured; } event;
CUresult cuEventCreate(event **of, unsigned flags) {
  IN_CONTEXT(cuEventCreate);
  if (flags != 2) return INVALID_VALUE;  // one that measures time costs more
  HERE.events++;
  *of = calloc(1, sizeof **of);
  return OK;
}
CUresult cuEventDestroy_v2(event *of) { IN_CONTEXT(cuEventDestroy_v2); HERE.events--; free(of); return OK; }
CUresult cuEventRecord(event *of, stream *on) {
  IN_CONTEXT(cuEventRecord);
  if (!on || !on->alive) return INVALID_HANDLE;
  if (on->capture == INVALIDATED) return CAPTURE_INVALIDATED;
  *of = (event){on, on->asked, on->capture};
  return OK;
}
CUresult cuEventSynchronize(event *of) {
  IN_CONTEXT(cuEventSynchronize);
  if (!of->on) return OK;  // as documented, of one that was never recorded
  if (of->captured) {
    of->on->capture = INVALIDATED;
    return CAPTURED_EVENT;
  }
  return finish(of->on, of->point);
}
static CUresult wait_for(void *arguments) {
  event *of = arguments;
  return finish(of->on, of->point);
}
// That a captured event takes another stream into its capture is not used, and not known here.
CUresult cuStreamWaitEvent(stream *of, event *marked, unsigned flags) {
  IN_CONTEXT(cuStreamWaitEvent);
  if (flags) return INVALID_VALUE;
  if (!marked->on) return OK;
  if (of->capture || marked->captured) {
    of->capture = of->capture ? INVALIDATED : NONE;
    if (marked->captured) marked->on->capture = INVALIDATED;
    return CAPTURE_ISOLATION;
  }
  return stub_ask(of, "wait", wait_for, marked, sizeof *marked);
}

typedef struct { work *first; } graph;
typedef struct { work *first; stream *on; long point; } recording;

CUresult cuStreamBeginCapture_v2(stream *of, int mode) {
  IN_CONTEXT(cuStreamBeginCapture_v2);
  if (mode < GLOBAL || mode > RELAXED) return INVALID_VALUE;
  if (of->capture) return ILLEGAL_STATE;
  of->capture = CAPTURING;
  of->mode = mode;
  of->owner = pthread_self();
  empty(&of->recorded);
  return OK;
}
CUresult cuStreamEndCapture(stream *of, graph **recorded) {
  IN_CONTEXT(cuStreamEndCapture);
  *recorded = NULL;
  if (!of->capture) return ILLEGAL_STATE;
  if (of->mode != RELAXED && !pthread_equal(of->owner, pthread_self())) return CAPTURE_WRONG_THREAD;
  int invalidated = of->capture == INVALIDATED;
  of->capture = NONE;
  if (invalidated) {
    release(of->recorded.first);
    return CAPTURE_INVALIDATED;
  }
  *recorded = malloc(sizeof **recorded);
  (*recorded)->first = of->recorded.first;
  return OK;
}
CUresult cuGraphInstantiateWithFlags(recording **of, graph *recorded, unsigned long long flags) {
  IN_CONTEXT(cuGraphInstantiateWithFlags);
  if (!recorded || flags) return INVALID_VALUE;
  HERE.recordings++;
  *of = calloc(1, sizeof **of);
  queue copy;
  empty(&copy);
  for (work *each = recorded->first; each; each = each->next) {
    append(&copy, each->name, each->run, each->arguments, each->size);
  }
  (*of)->first = copy.first;
  return OK;
}
CUresult cuGraphDestroy(graph *of) {
  IN_CONTEXT(cuGraphDestroy);
  if (!of) return INVALID_VALUE;
  release(of->first);
  free(of);
  return OK;
}
CUresult cuGraphExecDestroy(recording *of) {
  IN_CONTEXT(cuGraphExecDestroy);
  HERE.recordings--;
  release(of->first);
  free(of);
  return OK;
}
// A replay waits for the one before it. That one can be captured, too, is not used.
CUresult cuGraphLaunch(recording *of, stream *on) {
  IN_CONTEXT(cuGraphLaunch);
  if (!on || !on->alive || on->capture) return INVALID_VALUE;
  if (of->on && of->on != on) {
    event earlier = {of->on, of->point, 0};
    stub_ask(on, "wait", wait_for, &earlier, sizeof earlier);
  }
  for (work *each = of->first; each; each = each->next) {
    stub_ask(on, each->name, each->run, each->arguments, each->size);
  }
  of->on = on;
  of->point = on->asked;
  return OK;
}
