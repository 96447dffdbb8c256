mkdir www; echo page >www/index.html; cat >conf <<END
daemon off; master_process off; pid $PWD/pid; error_log $PWD/error.log; events { worker_connections 64; }
http { access_log off; client_body_temp_path $PWD/1; proxy_temp_path $PWD/2; fastcgi_temp_path $PWD/3; uwsgi_temp_path $PWD/4; scgi_temp_path $PWD/5;
server { listen unix:$PWD/socket; root $PWD/www; } }
END
/usr/sbin/nginx -c "$PWD/conf" & until curl -sS --unix-socket socket http://host/ 2>/dev/null; do sleep 0.05; done; kill -KILL $!; wait
