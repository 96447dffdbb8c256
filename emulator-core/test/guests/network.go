// Go's network both ways: HTTP with many connections, refused connections, UDP, deadlines, names.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

func web() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %d", r.Method, r.URL.Path, len(body))
	})}
	go server.Serve(listener)
	base := "http://" + listener.Addr().String()
	var all sync.WaitGroup
	answers := make([]string, 20)
	for i := range answers {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			answer, err := http.Post(fmt.Sprintf("%s/%d", base, i), "text/plain", strings.NewReader(strings.Repeat("x", i*50000)))
			if err != nil {
				answers[i] = err.Error()
				return
			}
			body, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			answers[i] = answer.Status + " " + string(body)
		}(i)
	}
	all.Wait()
	for _, answer := range answers {
		fmt.Println(answer)
	}
	fmt.Println(server.Close())
	_, err = net.Dial("tcp", listener.Addr().String())
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
}

func streams() {
	listener, _ := net.Listen("tcp", "[::]:0")
	port := listener.Addr().(*net.TCPAddr).Port
	done := make(chan string)
	go func() {
		for i := 0; i < 2; i++ {
			c, err := listener.Accept()
			if err != nil {
				done <- err.Error()
				return
			}
			text, err := io.ReadAll(c)
			c.Close()
			done <- fmt.Sprintf("%s from %s, %v", text, c.RemoteAddr().(*net.TCPAddr).IP, err)
		}
	}()
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(port)))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Fprint(c, "over ", host)
		c.(*net.TCPConn).CloseWrite()
		fmt.Println(<-done)
		c.Close()
	}
	c, _ := net.Dial("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)))
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
	listener.Close()
	c.SetReadDeadline(time.Time{})
	_, err = c.Read(make([]byte, 1))
	fmt.Println(errors.Is(err, syscall.ECONNRESET))
}

func datagrams() {
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := net.Dial("udp", u.LocalAddr().String())
	fmt.Println(err)
	c.Write([]byte("question"))
	buffer := make([]byte, 100)
	n, from, err := u.ReadFrom(buffer)
	fmt.Println(string(buffer[:n]), from.(*net.UDPAddr).IP, err)
	u.WriteTo([]byte("answer"), from)
	n, err = c.Read(buffer)
	fmt.Println(string(buffer[:n]), err)
	u.Close()
	c.Write([]byte("lost"))
	_, err = c.Read(buffer)
	fmt.Println(errors.Is(err, syscall.ECONNREFUSED))
}

func main() {
	web()
	streams()
	datagrams()
	addresses, err := net.LookupHost("localhost")
	fmt.Println(len(addresses) > 0, err)
}
