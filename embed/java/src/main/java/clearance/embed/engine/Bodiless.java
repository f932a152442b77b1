package clearance.embed.engine;

import java.io.InputStream;
import java.util.List;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.CodeSection;
import run.endive.wasm.types.DataSection;
import run.endive.wasm.types.ElementSection;
import run.endive.wasm.types.ExportSection;
import run.endive.wasm.types.FunctionBody;
import run.endive.wasm.types.FunctionSection;
import run.endive.wasm.types.GlobalSection;
import run.endive.wasm.types.ImportSection;
import run.endive.wasm.types.MemorySection;
import run.endive.wasm.types.Section;
import run.endive.wasm.types.TableSection;
import run.endive.wasm.types.TypeSection;

/**
 * Reads a module whose code is in classes.
 *
 * <p>Endive keeps such a module with thousands of bodies that do nothing, and validates each whenever a program starts, which takes longer than
 * all else at a start. This one was validated when it was compiled.
 */
final class Bodiless {
    private static final FunctionBody BODY = new FunctionBody(List.of(), List.of());

    private final WasmModule.Builder module = WasmModule.builder().withValidation(false);

    private Bodiless() {}

    static WasmModule parse(InputStream in) {
        Bodiless reader = new Bodiless();
        Parser.builder().build().parse(in, reader::take);
        return reader.module.build();
    }

    private void take(Section section) {
        if (section instanceof TypeSection types) {
            module.setTypeSection(types);
        } else if (section instanceof ImportSection imports) {
            module.setImportSection(imports);
        } else if (section instanceof FunctionSection functions) {
            module.setFunctionSection(functions);
            module.setCodeSection(bodies(functions.functionCount()));
        } else if (section instanceof TableSection tables) {
            module.setTableSection(tables);
        } else if (section instanceof MemorySection memories) {
            module.setMemorySection(memories);
        } else if (section instanceof GlobalSection globals) {
            module.setGlobalSection(globals);
        } else if (section instanceof ExportSection exports) {
            module.setExportSection(exports);
        } else if (section instanceof ElementSection elements) {
            module.setElementSection(elements);
        } else if (section instanceof DataSection data) {
            module.setDataSection(data);
        } else {
            throw new IllegalStateException("nobody said what to do with a section " + section.sectionId());
        }
    }

    private static CodeSection bodies(int count) {
        CodeSection.Builder bodies = CodeSection.builder();
        for (int index = 0; index < count; index++) {
            bodies.addFunctionBody(BODY);
        }
        return bodies.build();
    }
}
