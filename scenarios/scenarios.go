package scenarios

import (
	"slices"

	"github.com/lahja/go-lahja/tools/drivers"
)

// All returns every scenario, sorted by topic. The slice is the caller's.
func All() []drivers.Scenario {
	return slices.Concat(
		broadcastTable,
		closeTable,
		connectTable,
		connectLastingTable,
		connectManyTable,
		connectSilentTable,
		certificatesTable,
		contextTable,
		crashTable,
		errorsTable,
		filterTable,
		groupsTable,
		handlerTable,
		headersTable,
		lifecycleTable,
		malformedTable,
		orderTable,
		pausedTable,
		payloadTable,
		payloadLimitTable,
		payloadValuesTable,
		peersTable,
		policyTable,
		reconnectTable,
		requestTable,
		slowTable,
		socketTable,
		streamTable,
		subscribeTable,
		syncTable,
		transportTable,
		versionsTable,
		waitTable,
	)
}
