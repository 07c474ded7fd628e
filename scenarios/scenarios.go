package scenarios

import d "github.com/lahja/go-lahja/tools/drivers"

// All returns every scenario, sorted by topic. The slice is the caller's.
func All() []d.Scenario {
	return d.Topics{
		"broadcast": {receiversTable, broadcastEventTable},
		"close":     {closingTable, shutdownTable},
		"connect":   {connectTable, connectLastingTable, connectManyTable, connectSilentTable, certificatesTable},
		"context":   {contextTable},
		"crash":     {crashTable},
		"errors":    {errorsTable},
		"filter":    {filterTable},
		"groups":    {groupsTable},
		"handler":   {handlerTable, handlerAloneTable},
		"headers":   {headerTable, traceTable},
		"lifecycle": {lifecycleTable},
		"malformed": {malformedTable},
		"order":     {orderTable},
		"paused":    {pausedTable},
		"payload":   {payloadTable, payloadLimitTable, payloadValuesTable},
		"peers":     {peersTable},
		"policy":    {policiesTable, policyAloneTable},
		"reconnect": {reconnectTable},
		"request":   {answeredTable, allAnswersTable, requestCallTable, unansweredTable},
		"slow":      {slowTable},
		"socket":    {socketTable},
		"stream":    {streamTable},
		"subscribe": {subscribedTable, subscribeConfigTable},
		"sync":      {syncTable},
		"transport": {transportTable},
		"versions":  {versionsTable},
		"wait":      {waitTable},
	}.All()
}
