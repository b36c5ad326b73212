# Does with the example for the shell of docs/clients.md what its readers will, as drive.mjs does.
set -euo pipefail
JOBCAST_URL=$1
. ./rides.sh

route='[{"latitude": 52.52, "longitude": 13.4}, {"latitude": 52.5, "longitude": 13.45}]'

id=$(track_ride "{\"route\": $route, \"timeScale\": 60, \"updatesPerSecond\": 10}")
watch "$id" | tee watched | jq -c --unbuffered '{event: .data.job}'
jq -cs '{ended: length}' watched

id=$(track_ride "{\"route\": $route, \"timeScale\": 1}")
watch "$id" >rest &
cancel "$id" >&2
wait $!
jq -cs '{rest: map(.data.job)}' rest

watch rides.00000000-0000-7000-8000-000000000000 | jq -c '{refused: tojson}'

JOBCAST_TOKEN=expired
watch "$id" >&2 2>stranger || jq -cR '{stranger: .}' stranger
