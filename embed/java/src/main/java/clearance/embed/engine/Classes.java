package clearance.embed.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.internal.ClassCollector;
import run.endive.compiler.internal.Compiler;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.WasmModule;

/**
 * A WebAssembly module as Java classes. Not part of the API.
 *
 * <p>Endive compiles a check into every loop and every call: whether the thread is interrupted. A pool interrupts its threads when it is shut
 * down, and an interrupt that reaches the authorizer in the middle of a call would cost it its data. So that check is replaced: in the
 * authorizer by nothing, and in a policy by {@link StopSignal#check()}, which only a broken deadline answers.
 */
final class Classes implements ClassCollector {
    /** The method of Endive that compiled code calls in every loop and before every call. */
    private static final String CHECK = "checkInterruption";
    /** Functions of one class. A class is loaded and verified as a whole, so that small ones make a start that needs few of them quick. */
    private static final int FUNCTIONS_PER_CLASS = 32;

    private final Map<String, byte[]> classes = new LinkedHashMap<>();
    private final boolean stoppable;
    private String main;

    private Classes(boolean stoppable) {
        this.stoppable = stoppable;
    }

    /**
     * Compiles a module.
     *
     * @param stoppable whether a deadline can stop the code
     * @throws RuntimeException of Endive where a function is too large for a method of Java: it would have to be interpreted, which takes some
     *     forty times as long and looks at interrupts
     */
    static Classes compile(WasmModule module, String className, boolean stoppable) {
        Compiler compiler = Compiler.builder(module)
            .withClassName(className)
            .withMaxFunctionsPerClass(FUNCTIONS_PER_CLASS)
            .withInterpreterFallback(InterpreterFallback.FAIL)
            .withClassCollectorFactory(() -> new Classes(stoppable))
            .build();
        return (Classes) compiler.compile().collector();
    }

    @Override
    public String mainClassName() {
        return main;
    }

    @Override
    public void putMainClass(String className, byte[] bytes) {
        main = className.replace('/', '.');
        put(className, bytes);
    }

    @Override
    public void put(String className, byte[] bytes) {
        classes.put(className.replace('/', '.'), bytes);
    }

    @Override
    public void putAll(ClassCollector collector) {
        collector.classBytes().forEach(this::put);
    }

    @Override
    public Map<String, byte[]> classBytes() {
        return classes;
    }

    @Override
    public byte[] resolve(Class<?> original) {
        try (InputStream in = original.getResourceAsStream(original.getSimpleName() + ".class")) {
            return withOtherCheck(in.readAllBytes());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    /** The same class, in which the method {@link #CHECK} does what this project wants. */
    private byte[] withOtherCheck(byte[] original) {
        ClassReader reader = new ClassReader(original);
        ClassWriter writer = new ClassWriter(reader, 0);
        int[] replaced = {0};
        reader.accept(new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
                MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
                if (!name.equals(CHECK)) {
                    return method;
                }
                replaced[0]++;
                method.visitCode();
                if (stoppable) {
                    method.visitMethodInsn(Opcodes.INVOKESTATIC, StopSignal.class.getName().replace('.', '/'), "check", "()V", false);
                }
                method.visitInsn(Opcodes.RETURN);
                method.visitMaxs(0, 0);
                method.visitEnd();
                return null;
            }
        }, 0);
        if (replaced[0] != 1) {
            throw new IllegalStateException("this version of Endive has " + replaced[0] + " methods `" + CHECK + "`, and must have one");
        }
        return writer.toByteArray();
    }

    /** Loads and verifies all classes, and answers what makes the machine of an instance. */
    Function<Instance, Machine> load() {
        Loader loader = new Loader(classes);
        try {
            for (String name : classes.keySet()) {
                Class.forName(name, true, loader);
            }
            Constructor<? extends Machine> constructor =
                loader.loadClass(main).asSubclass(Machine.class).getConstructor(Instance.class);
            return instance -> machine(constructor, instance);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    private static Machine machine(Constructor<? extends Machine> constructor, Instance instance) {
        try {
            return constructor.newInstance(instance);
        } catch (InvocationTargetException error) {
            throw new IllegalStateException(error.getCause());
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    /** Finds the classes of one module. They are unloaded with the last instance of it. */
    private static final class Loader extends ClassLoader {
        private final Map<String, byte[]> classes;

        Loader(Map<String, byte[]> classes) {
            super(Classes.class.getClassLoader());
            this.classes = classes;
        }

        /** Its own classes come first: those of an earlier build may lie on the class path. */
        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] bytes = classes.get(name);
            if (bytes == null) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? defineClass(name, bytes, 0, bytes.length) : loaded;
            }
        }
    }
}
