package clearance.embed.engine;

import java.util.function.Function;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

/** A compiled WebAssembly module, of which instances can be started. Not part of the API. */
public final class Code {
    private static final String SWAPPED = "clearance.embed.wasm.SwappedMachine";

    private final WasmModule module;
    private final Function<Instance, Machine> machines;
    private final boolean isTrusted;

    Code(WasmModule module, Function<Instance, Machine> machines, boolean isTrusted) {
        this.module = module;
        this.machines = machines;
        this.isTrusted = isTrusted;
    }

    /**
     * Compiles the core module of a policy while the program runs. It takes a second or two.
     *
     * @throws RuntimeException of Endive where it cannot be compiled
     */
    public static Code compile(byte[] core) {
        WasmModule module = Parser.parse(core);
        return new Code(module, Classes.compile(module, SWAPPED, true).load(), false);
    }

    /** Starts an instance. */
    public Instance start(ImportValues imports) {
        return Instance.builder(module)
            .withMachineFactory(machines)
            .withMemoryFactory(limits -> new FlatMemory(limits, isTrusted))
            .withImportValues(imports)
            .withStart(false)
            .build();
    }
}
