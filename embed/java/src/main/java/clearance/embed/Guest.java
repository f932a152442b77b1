package clearance.embed;

import clearance.embed.engine.CallClock;
import clearance.embed.engine.CallStopped;
import clearance.embed.engine.Code;
import java.time.Duration;
import java.util.function.IntUnaryOperator;
import run.endive.runtime.ExportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.WasmEngineException;

/** One version of a policy: its code, and the instance that answers. One thread at a time may ask it. */
final class Guest {
    // What a call answers to the authorizer: 0, or which limit it broke.
    private static final int TRAP = 1;
    private static final int STACK = 5;
    private static final int ANSWER_TOO_LARGE = 6;

    private static final String DECIDE = "clearance:policy/wire@0.1.0#decide";
    private static final String CALL = "clearance:policy/wire@0.1.0#call";
    private static final String RELEASE = "cabi_post_clearance:policy/wire@0.1.0#call";

    private final Code code;
    private final CallClock clock;
    /** The instance, or {@code null} where the next question needs a new one. */
    private Memory memory;
    private ExportFunction reserve;
    private ExportFunction decide;
    private ExportFunction call;
    private ExportFunction release;
    private Throwable stoppedBy;

    /** Starts the first instance. */
    Guest(Code code, Duration deadline) {
        this.code = code;
        clock = new CallClock(deadline);
        clock.begin();
        try {
            start();
        } finally {
            clock.end();
        }
    }

    private void start() {
        Instance instance = code.start(ImportValues.empty());
        reserve = instance.export("cabi_realloc");
        decide = instance.export(DECIDE);
        call = instance.export(CALL);
        release = instance.export(RELEASE);
        memory = instance.memory();
    }

    /** The next question gets a new instance: one that failed may have written half of something. */
    void drop() {
        memory = null;
    }

    /** What last stopped a call, for the error that becomes of it. */
    Throwable takeCause() {
        Throwable cause = stoppedBy;
        stoppedBy = null;
        return cause;
    }

    /** Copies a question out of the memory of the authorizer, and answers where it is now. */
    private int write(Memory authorizer, int question, int length) {
        if (memory == null) {
            start();
        }
        int at = (int) reserve.apply(0, 0, 1, length)[0];
        memory.write(at, authorizer.readBytes(question, length));
        return at;
    }

    /** Asks for a decision, and writes it to {@code answer}. Answers 0, or what stopped it. */
    int decide(Memory authorizer, int question, int length, int answer) {
        clock.begin();
        try {
            int at = write(authorizer, question, length);
            authorizer.writeLong(answer, decide.apply(at, length)[0]);
            return 0;
        } catch (Throwable error) {
            return stopped(error);
        } finally {
            clock.end();
        }
    }

    /** Asks any other question. {@code room} says where this many bytes may be written, or 0. Answers 0, or what stopped it. */
    int call(Memory authorizer, int question, int length, IntUnaryOperator room) {
        clock.begin();
        try {
            int at = write(authorizer, question, length);
            int pair = (int) call.apply(at, length)[0];
            int start = memory.readInt(pair);
            int size = memory.readInt(pair + 4);
            long end = Integer.toUnsignedLong(start) + Integer.toUnsignedLong(size);
            if (end > (long) memory.pages() * Memory.PAGE_SIZE) {
                throw new WasmEngineException("the answer lies outside of the memory");
            }
            int place = room.applyAsInt(size);
            if (place == 0 && size > 0) {
                drop();
                return ANSWER_TOO_LARGE;
            }
            authorizer.write(place, memory.readBytes(start, size));
            release.apply(pair);
            return 0;
        } catch (Throwable error) {
            return stopped(error);
        } finally {
            clock.end();
        }
    }

    private int stopped(Throwable error) {
        drop();
        stoppedBy = error;
        if (error instanceof CallStopped late) {
            return late.status;
        }
        boolean isStack = error instanceof StackOverflowError || error.getCause() instanceof StackOverflowError;
        return isStack ? STACK : TRAP;
    }
}
