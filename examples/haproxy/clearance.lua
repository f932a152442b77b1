-- Asks Clearance whether a request may pass. Anything but a 200 ends the request: 401 and 403 as Clearance says it, the rest as 500.

local CLEARANCE = "http://127.0.0.1:8080"

-- What a client shows its credential with.
local CREDENTIALS = { "authorization", "x-auth-token", "x-project-id", "x-request-id" }

-- What the gate says with every 200.
local NAMES = { "key", "owner", "project", "policy" }

-- What a refusal keeps.
local KEPT = { "content-type", "www-authenticate", "x-request-id" }

-- The values of a header, which count from 0 here, as a list.
local function values(headers, name)
    local list = {}
    local index = 0
    while headers[name] ~= nil and headers[name][index] ~= nil do
        list[#list + 1] = headers[name][index]
        index = index + 1
    end
    return list
end

local function refuse(txn, status, answer)
    local reply = txn:reply()
    reply:set_status(status)
    if answer ~= nil then
        for _, name in ipairs(KEPT) do
            for _, value in ipairs(values(answer.headers, name)) do
                reply:add_header(name, value)
            end
        end
        local page = txn:get_var("txn.page")
        if page ~= nil then
            reply:add_header("Access-Control-Allow-Origin", page)
            reply:add_header("Access-Control-Expose-Headers", "WWW-Authenticate")
        end
        reply:set_body(answer.body)
    end
    txn:done(reply)
end

core.register_action("clearance", { "http-req" }, function(txn, permission)
    local sent, headers = txn.http:req_get_headers(), {}
    for _, name in ipairs(CREDENTIALS) do
        local list = values(sent, name)
        if #list > 0 then
            headers[name] = list
        end
    end
    local url = CLEARANCE .. "/v1/authorize?permission=" .. permission
    local answer = core.httpclient():get { url = url, headers = headers, timeout = 15000 }
    if answer.status == 401 or answer.status == 403 then
        return refuse(txn, answer.status, answer)
    end
    if answer.status ~= 200 then
        return refuse(txn, 500, nil)
    end
    for _, name in ipairs(NAMES) do
        local list = values(answer.headers, "x-clearance-" .. name)
        if #list ~= 1 then
            return refuse(txn, 500, nil)
        end
        txn:set_var("txn.clearance_" .. name, list[1])
    end
    txn:set_var("txn.clearance_passed", true)
end, 1)
