package clearance.embed.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.WasmWriter;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.RawSection;
import run.endive.wasm.types.SectionId;
import run.endive.wasm.types.ValType;

/**
 * Compiles the authorizer and the default policy to classes, when the package is built.
 *
 * <p>A component holds the core module that can be compiled. The authorizer itself takes it out, so that the build needs nothing but Java, and the
 * module is the one that every language runs.
 */
final class Prepare {
    private static final String PACKAGE = "clearance.embed.wasm.";

    private final Path target;

    private Prepare(Path target) {
        this.target = target;
    }

    /** The authorizer's module, the default policy's component, and the folder to write to. */
    public static void main(String[] arguments) throws IOException {
        byte[] authorizer = Files.readAllBytes(Path.of(arguments[0]));
        byte[] component = Files.readAllBytes(Path.of(arguments[1]));
        Prepare prepare = new Prepare(Path.of(arguments[2]));
        Classes classes = prepare.compile(authorizer, "Authorizer", false);
        Opened policy = open(new Code(Parser.parse(authorizer), classes.load(), true), component);
        prepare.compile(policy.core, "Policy", true);
        prepare.write("clearance/embed/wasm/policy.json", policy.info);
    }

    private Classes compile(byte[] bytes, String name, boolean stoppable) throws IOException {
        WasmModule module = Parser.parse(bytes);
        Classes classes = Classes.compile(module, PACKAGE + name + "Machine", stoppable);
        for (Map.Entry<String, byte[]> entry : classes.classBytes().entrySet()) {
            write(entry.getKey().replace('.', '/') + ".class", entry.getValue());
        }
        write("clearance/embed/wasm/" + name.toLowerCase(java.util.Locale.ROOT) + ".meta", withoutCode(bytes));
        System.out.println(name + ": " + classes.classBytes().size() + " classes of " + bytes.length + " bytes of WebAssembly");
        return classes;
    }

    private void write(String name, byte[] bytes) throws IOException {
        Path file = target.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, bytes);
    }

    /** The module without the code, which is in classes, and without the names of its functions. */
    private static byte[] withoutCode(byte[] bytes) {
        WasmWriter writer = new WasmWriter();
        Parser.parseWithoutDecoding(bytes, section -> {
            if (section.sectionId() != SectionId.CODE && section.sectionId() != SectionId.CUSTOM) {
                writer.writeSection((RawSection) section);
            }
        });
        return writer.bytes();
    }

    private record Opened(byte[] info, byte[] core) {}

    /** Takes the core module out of a component, by the authorizer's own function. */
    private static Opened open(Code authorizer, byte[] component) {
        byte[] trust = "{\"allowUnsigned\": true}".getBytes(StandardCharsets.UTF_8);
        Instance instance = authorizer.start(ImportValues.builder().addFunction(nobody("decide", 4), nobody("call", 3)).build());
        int input = (int) instance.export("input").apply(component.length + trust.length)[0];
        Memory memory = instance.memory();
        memory.write(input, component);
        memory.write(input + component.length, trust);
        boolean failed = (int) instance.export("open_component").apply(trust.length)[0] < 0;
        int output = (int) instance.export("output").apply()[0];
        byte[] text = memory.readBytes(memory.readInt(output), memory.readInt(output + 4));
        if (failed) {
            throw new IllegalStateException(new String(text, StandardCharsets.UTF_8));
        }
        return new Opened(text, memory.readBytes(memory.readInt(output + 12), memory.readInt(output + 16)));
    }

    private static HostFunction nobody(String name, int parameters) {
        FunctionType type = FunctionType.of(java.util.Collections.nCopies(parameters, ValType.I32), List.of(ValType.I32));
        return new HostFunction("policy", name, type, (instance, arguments) -> {
            throw new IllegalStateException("nobody is asked here");
        });
    }
}
