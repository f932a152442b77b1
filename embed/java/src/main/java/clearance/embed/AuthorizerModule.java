package clearance.embed;

import clearance.embed.engine.Bundled;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import run.endive.runtime.ExportFunction;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmFunctionHandle;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.ValType;

/**
 * One instance of the authorizer's module. {@code embed/README.md} says what its functions do.
 *
 * <p>Whatever a function throws, half of something may be written then: the instance must not be used again.
 */
final class AuthorizerModule {
    // What the functions answer beside the number of a reason.
    static final int FAILED = 1 << 31;
    static final int SPOILT = 1 << 30;
    static final int ALLOWED = 1 << 8;
    static final int REASON = 0xff;

    private final Memory memory;
    private final ExportFunction input;
    private final ExportFunction answer;
    private final ExportFunction check;
    private final ExportFunction ask;
    private final ExportFunction load;
    private final ExportFunction apply;
    private final ExportFunction openComponent;
    private final ExportFunction addVersion;
    /** The address of the words that say where an answer is. */
    private final int output;
    /** What stopped a policy, to be the cause of the error that becomes of it. */
    private Throwable cause;

    /** Starts an instance, whose policies are found by their numbers. */
    AuthorizerModule(IntFunction<Guest> versions) {
        Instance instance = Bundled.authorizer().start(ImportValues.builder()
            .addFunction(imported("decide", 4, (self, words) -> result(versions.apply((int) words[0]),
                guest -> guest.decide(self.memory(), (int) words[1], (int) words[2], (int) words[3]))))
            .addFunction(imported("call", 3, (self, words) -> result(versions.apply((int) words[0]),
                guest -> guest.call(self.memory(), (int) words[1], (int) words[2], this::room))))
            .build());
        memory = instance.memory();
        input = instance.export("input");
        answer = instance.export("answer");
        check = instance.export("check");
        ask = instance.export("ask");
        load = instance.export("load");
        apply = instance.export("apply");
        openComponent = instance.export("open_component");
        addVersion = instance.export("add_version");
        output = (int) instance.export("output").apply()[0];
    }

    private static HostFunction imported(String name, int parameters, WasmFunctionHandle function) {
        FunctionType type = FunctionType.of(Collections.nCopies(parameters, ValType.I32), List.of(ValType.I32));
        return new HostFunction("policy", name, type, function);
    }

    private interface Call {
        int of(Guest guest);
    }

    private long[] result(Guest guest, Call call) {
        int status = call.of(guest);
        if (status != 0) {
            cause = guest.takeCause();
        }
        return new long[] {status};
    }

    private int room(int size) {
        return (int) answer.apply(size)[0];
    }

    /** Makes room for an input, and answers where. */
    int input(int length) {
        return (int) input.apply(length)[0];
    }

    void write(int at, byte[] bytes, int length) {
        memory.write(at, bytes, 0, length);
    }

    /** Writes an input. */
    void write(byte[] bytes) {
        write(input(bytes.length), bytes, bytes.length);
    }

    int check(int kinds, int principal, int permission, int place, double now) {
        return (int) check.apply(kinds, principal, permission, place, Double.doubleToRawLongBits(now))[0];
    }

    int ask(double now) {
        return (int) ask.apply(Double.doubleToRawLongBits(now))[0];
    }

    int load(int version) {
        return (int) load.apply(version)[0];
    }

    int apply() {
        return (int) apply.apply()[0];
    }

    int openComponent(int trust) {
        return (int) openComponent.apply(trust)[0];
    }

    int addVersion(int version) {
        return (int) addVersion.apply(version)[0];
    }

    /** The text that the last call left. */
    String text() {
        return new String(memory.readBytes(memory.readInt(output), memory.readInt(output + 4)), StandardCharsets.UTF_8);
    }

    /** The id of the binding that the last check left, or {@code null}. */
    String binding() {
        int length = memory.readInt(output + 4);
        // Ids are visible ASCII characters.
        return length == 0 ? null : new String(memory.readBytes(memory.readInt(output), length), StandardCharsets.ISO_8859_1);
    }

    /** The number of the version that decided last. */
    int version() {
        return memory.readInt(output + 8);
    }

    /** The core module that was opened last. */
    byte[] core() {
        return memory.readBytes(memory.readInt(output + 12), memory.readInt(output + 16));
    }

    Throwable takeCause() {
        Throwable last = cause;
        cause = null;
        return last;
    }
}
