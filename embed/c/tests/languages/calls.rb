# What a caller from Ruby relies on.

require_relative "../../examples/clearance"

NOW = 1_780_315_200_000
$passed = $failed = 0

def expect(what, holds)
  if holds
    $passed += 1
  else
    $failed += 1
    puts "failed: #{what}"
  end
end

def code
  yield
  nil
rescue Clearance::Error => error
  error.code
end

company = File.read(ARGV.fetch(0))
authorizer = Clearance.new(company)
question = [{ key: "ci" }, "prompts:view", { project: "shop" }]
allowed = authorizer.check(*question, NOW)
expect("an allow", allowed.allow && allowed.reason == "binding" && allowed.binding == "b04")
denied = authorizer.check({ key: "ci" }, "project:delete", { project: "shop" })
expect("a denial", !denied.allow && denied.reason == "owner-lacks" && denied.binding.nil?)
expect("a request", authorizer.ask({ visibleProjects: { key: "ci" } }, NOW) == { "projects" => %w[blog shop] })
expect("a broken directory", code { Clearance.new("{") } == "directory")
expect("a wrong principal", code { authorizer.check({ name: "ci" }, "a:b", { project: "shop" }) } == "malformed")
expect("a wrong permission", code { authorizer.check({ key: "ci" }, nil, { project: "shop" }) } == "malformed")
expect("bytes that are not UTF-8", code { authorizer.check({ key: "\xff" }, "a:b", { project: "shop" }) } == "malformed")
expect("a wrong time", code { authorizer.check(*question, -1) } == "time")
begin
  authorizer.apply([{ addTeam: { id: "new", organization: "acme" } }, { removeTeam: "nowhere" }])
rescue Clearance::Error => error
  expect("a refused batch", error.code == "refused" && error.index == 1 && error.message.encoding == Encoding::UTF_8)
end
authorizer.apply([{ deactivateUser: { user: "ben", at: "2026-05-01T00:00:00Z" } }])
expect("a change", authorizer.check(*question, NOW).reason == "owner-deactivated")
puts "Ruby: #{$passed} passed, #{$failed} failed"
exit($failed.zero? ? 0 : 1)
