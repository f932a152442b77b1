#!/usr/bin/env bash
# Needs Java 17 and Maven.
#
# Endive, the WebAssembly runtime in Java, looks at the interrupt flag of the thread in every loop and at every call of compiled code, and throws
# where it is set. So a flag that was set before, as a pool sets it when it is shut down, fails a call that never waits for anything; and so does
# every later call on that thread, because the flag stays. The instance stays callable, with half of what the call should have written: here
# two counters that a call raises together are no longer the same. Clear the flag before a call and set it again afterwards, and
# do not use an instance again that was interrupted in the middle.
set -euo pipefail
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder"

cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ask</groupId>
  <artifactId>ask</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>run.endive</groupId>
      <artifactId>compiler</artifactId>
      <version>1.0.0</version>
    </dependency>
  </dependencies>
</project>
XML
mvn --batch-mode --quiet dependency:build-classpath -Dmdep.outputFile=classpath
cat >Ask.java <<'JAVA'
import java.util.HexFormat;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.Instance;
import run.endive.wasm.Parser;

class Ask {
    // (module
    //   (memory (export "memory") 1)
    //   (func $raise (param i32)
    //     local.get 0 local.get 0 i32.load i32.const 1 i32.add i32.store)
    //   (func (export "both") (result i32)
    //     i32.const 0 i32.const 0 i32.load i32.const 1 i32.add i32.store
    //     i32.const 4 call $raise
    //     i32.const 1))
    static final String MODULE = "0061736d01000000" + "0109" + "02" + "60017f00" + "6000017f" + "0303" + "020001" + "05030100" + "01"
        + "0711" + "02" + "066d656d6f72790200" + "04626f74680001" + "0a27" + "02"
        + "0f00" + "200020002802004101" + "6a3602000b" + "1500" + "410041002802004101" + "6a360200" + "41041000" + "41010b";

    public static void main(String[] arguments) {
        var module = Parser.parse(HexFormat.of().parseHex(MODULE));
        var instance = Instance.builder(module).withMachineFactory(MachineFactoryCompiler.compile(module)).build();
        System.out.println("not interrupted: " + call(instance));
        Thread.currentThread().interrupt();
        System.out.println("interrupted before the call: " + call(instance));
        System.out.println("the next call: " + call(instance));
        System.out.println("the flag is set: " + Thread.interrupted());
        System.out.println("after it was cleared: " + call(instance));
    }

    static String call(Instance instance) {
        String outcome;
        try {
            outcome = "answers " + instance.export("both").apply()[0];
        } catch (RuntimeException error) {
            outcome = error.getClass().getSimpleName();
        }
        return outcome + ", counters " + instance.memory().readInt(0) + " and " + instance.memory().readInt(4);
    }
}
JAVA
java -cp "$(cat classpath)" Ask.java | tee seen
cat >expected <<'TXT'
not interrupted: answers 1, counters 1 and 1
interrupted before the call: WasmInterruptedException, counters 2 and 1
the next call: WasmInterruptedException, counters 3 and 1
the flag is set: true
after it was cleared: answers 1, counters 4 and 2
TXT
diff expected seen >&2 || { echo "this is no longer what this version does" >&2; exit 1; }
